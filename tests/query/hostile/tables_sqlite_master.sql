-- refused: TableNotGranted
SELECT * FROM sqlite_master
