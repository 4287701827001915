-- refused: NotOneSelect
DROP VIEW polls
