-- refused: NotOneSelect
EXECUTE x
