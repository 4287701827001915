SELECT count(*) FROM polls
