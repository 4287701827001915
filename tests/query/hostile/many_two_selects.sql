-- refused: NotOneSelect
SELECT 1; SELECT 2
