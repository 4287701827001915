-- refused: FunctionNotAllowed
FROM pragma_database_size()
