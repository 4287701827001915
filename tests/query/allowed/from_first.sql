FROM polls SELECT state, share WHERE share > 40 LIMIT 10
