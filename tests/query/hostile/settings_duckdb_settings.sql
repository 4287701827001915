-- refused: FunctionNotAllowed
FROM duckdb_settings()
