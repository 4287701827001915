SELECT p.id, t.tag FROM polls p, unnest(p.tags) AS t(tag)
