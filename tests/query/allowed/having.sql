SELECT state, count(*) AS n FROM polls GROUP BY state HAVING count(*) > 3 ORDER BY n DESC LIMIT 5
