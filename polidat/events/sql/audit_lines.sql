-- The text of each entry as the chain seals it. Times in UTC, nothing by locale.
SELECT a.id AS id,
       concat_ws(
           E'\x1f', a.id::text, to_char(a.at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'), coalesce(a.actor_id::text, ''),
           a.action, a.object, a.before::text, a.after::text
       ) AS line
FROM audit_entry a
