-- refused: TableNotGranted
SELECT * FROM (WITH secrets AS (SELECT 1) FROM secrets) a, secrets
