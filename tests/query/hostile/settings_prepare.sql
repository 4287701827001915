-- refused: NotOneSelect
PREPARE x AS SELECT 1
