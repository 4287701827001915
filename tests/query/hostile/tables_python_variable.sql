-- refused: TableNotGranted
SELECT * FROM engine
