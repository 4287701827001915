-- refused: NotOneSelect
BEGIN TRANSACTION
