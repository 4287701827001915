-- truncated
SELECT repeat('x', 100000) FROM range(100000)
