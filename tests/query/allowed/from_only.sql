FROM polls
