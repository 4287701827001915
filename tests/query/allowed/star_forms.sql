SELECT * EXCLUDE (detail) REPLACE (round(share) AS share) RENAME (id AS number) FROM polls
