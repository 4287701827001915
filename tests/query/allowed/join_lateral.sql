SELECT p.state, t.top FROM (SELECT DISTINCT state FROM polls) p, LATERAL (SELECT max(votes) AS top FROM counties c WHERE c.state = p.state) t
