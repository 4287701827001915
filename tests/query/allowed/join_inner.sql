SELECT p.state, c.county, p.share FROM polls p JOIN counties c ON p.state = c.state AND c.votes > 100
