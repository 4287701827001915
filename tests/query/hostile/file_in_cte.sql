-- refused: FunctionNotAllowed
WITH c AS (FROM read_text('/etc/passwd')) SELECT count(*) FROM polls, c
