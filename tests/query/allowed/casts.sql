SELECT share::DECIMAL(10, 2), try_cast(pollster AS INTEGER), CAST(id AS VARCHAR), '2024-01-01'::DATE FROM polls
