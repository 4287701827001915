-- refused: TableNotGranted
WITH RECURSIVE secrets AS (SELECT * FROM secrets UNION ALL SELECT * FROM secrets) FROM secrets
