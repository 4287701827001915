-- refused: FunctionNotAllowed
SELECT file_name FROM parquet_metadata('{own}')
