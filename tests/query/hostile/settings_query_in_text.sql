-- refused: FunctionNotAllowed
FROM query('SELECT getenv(''HOME'')')
