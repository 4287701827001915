-- refused: NotOneSelect
LOAD '{folder}/evil.duckdb_extension'
