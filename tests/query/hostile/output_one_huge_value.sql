-- truncated
SELECT repeat('x', 30000000)
