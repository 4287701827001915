SELECT list_transform(tags, lambda t: upper(t)), [t for t in tags if t <> 'phone'], list_contains(tags, 'phone'), len(tags), tags[1] FROM polls
