-- stopped
SELECT count(DISTINCT i) FROM range(10000000000) t(i)
