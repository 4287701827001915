-- stopped
SELECT string_agg(i::VARCHAR, ',') FROM range(10000000000) t(i)
