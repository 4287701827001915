-- refused: FunctionNotAllowed
SELECT * FROM read_json_auto('/etc/passwd')
