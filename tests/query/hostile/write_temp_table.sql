-- refused: NotOneSelect
CREATE TEMP TABLE t AS SELECT 1
