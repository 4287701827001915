-- refused: FunctionNotAllowed
SELECT getenv('HOME')
