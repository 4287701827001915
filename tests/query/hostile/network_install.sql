-- refused: NotOneSelect
INSTALL httpfs
