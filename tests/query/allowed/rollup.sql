SELECT state, pollster, sum(sample) FROM polls GROUP BY ROLLUP (state, pollster)
