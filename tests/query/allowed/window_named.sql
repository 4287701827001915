SELECT day, lag(share) OVER w, lead(share) OVER w FROM polls WINDOW w AS (PARTITION BY state ORDER BY day)
