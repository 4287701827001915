SELECT p.id, e.key, e.value FROM polls p, json_each(p.detail) e LIMIT 5
