-- refused: FunctionNotAllowed
FROM which_secret('s3://bucket/x', 's3')
