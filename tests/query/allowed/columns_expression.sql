SELECT max(COLUMNS('s.*')) FROM polls
