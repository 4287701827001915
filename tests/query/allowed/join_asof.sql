SELECT p.id, q.day FROM polls p ASOF JOIN polls q ON p.state = q.state AND p.day >= q.day
