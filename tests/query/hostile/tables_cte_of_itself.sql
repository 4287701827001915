-- refused: TableNotGranted
WITH secrets AS (SELECT * FROM secrets) SELECT * FROM secrets
