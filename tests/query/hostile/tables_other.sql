-- refused: TableNotGranted
SELECT * FROM secrets
