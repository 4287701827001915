-- refused: NotOneSelect
SELECT 1; -- all fine
DROP VIEW polls
