-- refused: FunctionNotAllowed
FROM query_table(['{other}'])
