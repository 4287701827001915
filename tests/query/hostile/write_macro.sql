-- refused: NotOneSelect
CREATE MACRO upper(x) AS 'changed'
