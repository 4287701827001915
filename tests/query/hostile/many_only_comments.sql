-- refused: NotOneSelect
-- nothing here
/* nor here */
