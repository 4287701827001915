-- truncated
SELECT * FROM range(1000000000000)
