-- refused: NotOneSelect
SELECT $a$ ; $a$; ATTACH 'x'
