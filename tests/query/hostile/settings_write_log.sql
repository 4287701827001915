-- refused: FunctionNotAllowed
SELECT write_log('x')
