-- refused: NotOneSelect
INSERT INTO polls VALUES (1)
