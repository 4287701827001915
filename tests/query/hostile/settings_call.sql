-- refused: NotOneSelect
CALL duckdb_settings()
