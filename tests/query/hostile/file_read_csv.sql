-- refused: FunctionNotAllowed
SELECT * FROM read_csv('/etc/passwd', sep=':')
