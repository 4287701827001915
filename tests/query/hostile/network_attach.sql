-- refused: NotOneSelect
ATTACH 'postgres:dbname=polidat host=127.0.0.1' AS pg
