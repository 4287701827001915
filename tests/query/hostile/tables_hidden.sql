-- refused: TableNotGranted
SELECT * FROM _rejects
