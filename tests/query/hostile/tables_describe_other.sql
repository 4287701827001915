-- refused: TableNotGranted
DESCRIBE secrets
