SELECT * FROM polls QUALIFY row_number() OVER (PARTITION BY state ORDER BY day DESC, id) = 1
