-- stopped
SELECT histogram(i) FROM range(100000000) t(i)
