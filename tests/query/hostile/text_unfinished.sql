-- refused: NotUnderstood
SELECT 'abc
