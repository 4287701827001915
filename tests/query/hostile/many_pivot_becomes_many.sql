-- refused: NotOneSelect
PIVOT polls ON state USING sum(share)
