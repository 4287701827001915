-- refused: NotUnderstood
SELECT * INTO stolen FROM polls
