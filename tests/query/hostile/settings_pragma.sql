-- refused: NotOneSelect
PRAGMA database_list
