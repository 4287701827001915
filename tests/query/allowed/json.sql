SELECT detail->>'$.mode' AS mode, json_extract_string(detail, '$.weights[0]'), json_array_length(detail->'weights') FROM polls
