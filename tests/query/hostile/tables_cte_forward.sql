-- refused: TableNotGranted
WITH a AS (SELECT * FROM secrets), secrets AS (SELECT 1) SELECT * FROM a
