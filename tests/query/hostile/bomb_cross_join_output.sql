-- stopped
SELECT * FROM polls a, polls b, polls c, polls d
