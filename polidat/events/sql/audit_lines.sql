-- The text of each entry as the chain seals it. Times in UTC, nothing by locale. An entry without digests has the form
-- of those sealed before there were any.
SELECT a.id AS id,
       concat_ws(
           E'\x1f', a.id::text, to_char(a.at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'), coalesce(a.actor_id::text, ''),
           a.action, a.object, a.before::text, a.after::text,
           nullif(a.before_hash, ''), nullif(a.after_hash, '')
       ) AS line
FROM audit_entry a
