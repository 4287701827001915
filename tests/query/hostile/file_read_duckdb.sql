-- refused: FunctionNotAllowed
SELECT * FROM read_duckdb('{folder}/x.db', table_name = 't')
