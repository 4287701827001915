-- stopped
SELECT max(length(format('{:1000000000}', i))) FROM range(20) t(i)
