-- refused: FunctionNotAllowed
SELECT system.main.getenv('HOME')
