-- refused: NotOneSelect
DELETE FROM polls
