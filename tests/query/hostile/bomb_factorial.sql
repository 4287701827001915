-- stopped
SELECT sum(gamma(i)) FROM range(100000000000) t(i)
