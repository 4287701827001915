SELECT DISTINCT state FROM counties c WHERE EXISTS (SELECT 1 FROM polls p WHERE p.state = c.state AND p.share > 60)
