-- refused: NotOneSelect
UPDATE polls SET share = 0
