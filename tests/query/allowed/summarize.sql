SUMMARIZE SELECT share, sample FROM polls
