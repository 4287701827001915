-- refused: NotOneSelect
RESET enable_external_access
