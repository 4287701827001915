-- refused: FunctionNotAllowed
SELECT sleep_ms(100000)
