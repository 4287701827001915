-- refused: NotOneSelect
COPY (SELECT 1) TO '{own}'
