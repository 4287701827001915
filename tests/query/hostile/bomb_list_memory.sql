-- stopped
SELECT list(i) FROM range(10000000000) t(i)
