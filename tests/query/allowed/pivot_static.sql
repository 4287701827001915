PIVOT polls ON state IN ('TX', 'OH') USING avg(share) GROUP BY pollster
