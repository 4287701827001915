-- refused: QueryFailed
SELECT filename FROM polls
