SELECT state, pollster, rank() OVER (PARTITION BY state ORDER BY share DESC) AS place FROM polls
