SELECT DISTINCT ON (state) state, pollster FROM polls ORDER BY state, day DESC
