-- refused: NotOneSelect
EXPLAIN ANALYZE SELECT * FROM polls
