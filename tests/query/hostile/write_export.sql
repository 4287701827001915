-- refused: NotOneSelect
EXPORT DATABASE '{folder}/out'
