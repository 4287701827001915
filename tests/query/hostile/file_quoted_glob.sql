-- refused: TableNotGranted
SELECT * FROM "{folder}/*.parquet"
