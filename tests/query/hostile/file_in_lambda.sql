-- refused: FunctionNotAllowed
SELECT list_transform([1], lambda x: (SELECT content FROM read_text('/etc/passwd')))
