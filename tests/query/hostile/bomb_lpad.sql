-- stopped
SELECT max(length(lpad('x', 500000000, 'y'))) FROM range(50)
