-- refused: NotOneSelect
VACUUM
