SELECT count(*) FROM polls WHERE (state, pollster) IN (SELECT (state, 'A1 Research') FROM counties)
