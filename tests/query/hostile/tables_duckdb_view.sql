-- refused: TableNotGranted
SELECT * FROM duckdb_tables
