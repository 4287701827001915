SELECT * FROM (SELECT pollster, state, share FROM polls) PIVOT (max(share) FOR state IN ('TX', 'OH'))
