-- refused: TableNotGranted
SUMMARIZE '{other}'
