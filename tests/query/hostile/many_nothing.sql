-- refused: NotOneSelect

