-- refused: TableNotGranted
SELECT * FROM '{other}'
