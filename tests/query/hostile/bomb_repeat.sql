-- stopped
SELECT repeat('x', 1000000000)
