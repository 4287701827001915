-- refused: FunctionNotAllowed
SELECT json_serialize_plan('SELECT * FROM read_text(''/etc/passwd'')')
