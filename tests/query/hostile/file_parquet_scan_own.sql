-- refused: FunctionNotAllowed
SELECT * FROM parquet_scan(['{own}'])
