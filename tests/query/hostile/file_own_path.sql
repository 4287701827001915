-- refused: TableNotGranted
SELECT * FROM '{own}'
