SELECT s.state FROM (SELECT {'state': state} AS s FROM polls)
