-- refused: NotOneSelect
FORCE CHECKPOINT
