-- refused: FunctionNotAllowed
SELECT * FROM glob('/**')
