-- refused: FunctionNotAllowed
SELECT sql FROM duckdb_views()
