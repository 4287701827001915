-- refused: NotOneSelect
CREATE TABLE t AS SELECT * FROM polls
