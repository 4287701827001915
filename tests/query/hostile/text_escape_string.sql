-- refused: NotOneSelect
SELECT E'\''; DROP VIEW polls --'
