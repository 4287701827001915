SELECT state, avg(share) AS mean FROM polls GROUP BY ALL ORDER BY ALL
