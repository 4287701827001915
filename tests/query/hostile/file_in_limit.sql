-- refused: FunctionNotAllowed
FROM polls LIMIT (SELECT count(*) FROM glob('/*'))
