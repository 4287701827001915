SELECT state, share FROM polls p WHERE share > (SELECT avg(share) FROM polls q WHERE q.state = p.state)
