WITH polls AS (SELECT state FROM polls WHERE share > 50) SELECT count(*) FROM polls
