-- refused: TableNotGranted
SELECT (WITH secrets AS (SELECT 1 AS x) SELECT x FROM secrets), (SELECT count(*) FROM secrets)
