SELECT regexp_extract(pollster, '([A-Z]\w+)', 1), regexp_replace(pollster, '\s+', ' ', 'g'), pollster SIMILAR TO 'A.*', pollster ~ '^A' FROM polls
