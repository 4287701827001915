-- refused: FunctionNotAllowed
SELECT * FROM polls p, LATERAL (SELECT * FROM read_text(p.pollster))
