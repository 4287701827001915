-- refused: FunctionNotAllowed
SELECT list_transform(['HOME'], lambda v: getenv(v))
