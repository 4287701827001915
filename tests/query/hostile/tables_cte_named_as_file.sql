-- refused: TableNotGranted
WITH "{other}" AS (SELECT 1) SELECT * FROM polls UNION ALL SELECT * FROM '{other}2'
