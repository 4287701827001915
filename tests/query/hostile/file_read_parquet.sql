-- refused: FunctionNotAllowed
SELECT * FROM read_parquet('{other}')
