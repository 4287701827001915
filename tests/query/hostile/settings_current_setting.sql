-- refused: FunctionNotAllowed
SELECT current_setting('allowed_paths')
