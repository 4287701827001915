-- refused: FunctionNotAllowed
SELECT 1 FROM polls ORDER BY (SELECT content FROM read_text('/etc/passwd'))
