-- refused: TableNotGranted
SELECT * FROM "sec""rets"
