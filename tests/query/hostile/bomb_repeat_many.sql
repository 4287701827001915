-- stopped
SELECT sum(length(repeat('x', 100000000) || i)) FROM range(100000) t(i)
