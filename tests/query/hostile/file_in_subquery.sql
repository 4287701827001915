-- refused: FunctionNotAllowed
SELECT (SELECT count(*) FROM read_text('/etc/passwd')) FROM polls
