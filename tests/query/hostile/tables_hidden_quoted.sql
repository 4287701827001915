-- refused: TableNotGranted
SELECT * FROM "_Rejects"
