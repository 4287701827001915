-- refused: NotOneSelect
ATTACH '{folder}/x.db' AS x
