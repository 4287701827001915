-- When somebody first read very much on a day: uses, downloads or rows within a window that ends then. What is one's
-- own does not count; a number of 0 is not asked about.
WITH seen AS (
    SELECT u.person_id, u.used_at, count(*) OVER w AS uses, count(*) FILTER (WHERE u.kind = 'download') OVER w AS downloads,
        sum(u.scanned_rows) OVER w AS read_rows
    FROM dataset_usage u JOIN dataset d ON d.id = u.dataset_id AND d.owner_id <> u.person_id
    WHERE u.used_at > cast(:since AS timestamptz) - make_interval(secs => :window_s) AND u.used_at <= :until
    WINDOW w AS (
        PARTITION BY u.person_id ORDER BY u.used_at
        RANGE BETWEEN make_interval(secs => :window_s) PRECEDING AND CURRENT ROW
    )
)
SELECT DISTINCT ON (person_id, (used_at AT TIME ZONE 'UTC')::date) person_id, used_at, uses, downloads, read_rows
FROM seen
WHERE used_at > :since AND (
    (:uses_min > 0 AND uses >= :uses_min) OR (:downloads_min > 0 AND downloads >= :downloads_min)
    OR (:rows_min > 0 AND read_rows >= :rows_min)
)
ORDER BY person_id, (used_at AT TIME ZONE 'UTC')::date, used_at
