SELECT state, pollster, count(*), grouping(state) FROM polls GROUP BY GROUPING SETS ((state), (pollster), ())
