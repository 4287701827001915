-- refused: FunctionNotAllowed
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT 2 FROM read_text('/etc/passwd')) FROM r
