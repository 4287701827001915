-- Jobs that were due before `due` and have not begun, the one that waits longest, and those that failed since `since`.
WITH late AS (
    SELECT j.task_name, coalesce(j.scheduled_at, e.at) AS due_at
    FROM procrastinate_jobs j LEFT JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred'
    WHERE j.status = 'todo' AND coalesce(j.scheduled_at, e.at) < :due
), failed AS (
    SELECT j.task_name, count(DISTINCT j.id) AS many
    FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'failed'
    WHERE j.status = 'failed' AND e.at >= :since
    GROUP BY j.task_name
)
SELECT
    (SELECT count(*) FROM late) AS late, (SELECT min(due_at) FROM late) AS oldest,
    (SELECT coalesce(jsonb_object_agg(task_name, many), '{}') FROM failed) AS failed
