-- refused: NotOneSelect
COPY polls TO '{folder}/stolen.csv'
