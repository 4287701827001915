WITH a AS MATERIALIZED (SELECT * FROM polls) SELECT count(*) FROM a x, counties y WHERE x.state = y.state
