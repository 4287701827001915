SELECT * FROM (VALUES (1, 'a')) AS t(n, s)
