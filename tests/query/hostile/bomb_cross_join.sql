-- stopped
SELECT count(*) FROM polls a, polls b, polls c, polls d WHERE a.share + b.share + c.share + d.share < 125
