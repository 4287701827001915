-- refused: FunctionNotAllowed
SELECT ('HOME').getenv()
