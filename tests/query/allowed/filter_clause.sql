SELECT count(*) FILTER (WHERE share > 50) AS ahead, count(*) AS n FROM polls
