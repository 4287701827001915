-- refused: TableNotGranted
SELECT * FROM polls​
