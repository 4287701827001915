-- refused: FunctionNotAllowed
SELECT "GetEnv"('HOME')
