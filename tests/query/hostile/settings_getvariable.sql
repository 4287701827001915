-- refused: FunctionNotAllowed
SELECT getvariable('x')
