-- stopped
SELECT count(*) FROM range(1000000000000) t(i) WHERE hash(i) % 7 = 9
