-- refused: TableNotGranted
SELECT * FROM information_schema.tables
