-- refused: TableNotGranted
SELECT * FROM memory.main.polls
