-- refused: NotOneSelect
IMPORT DATABASE '{folder}/out'
