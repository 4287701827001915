-- refused: TableNotGranted
PIVOT '{other}' ON a IN (1) USING count(*)
