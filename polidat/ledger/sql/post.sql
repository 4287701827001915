-- The call of ledger_post, which the migration makes from posting.sql.
SELECT txn_id, written_hash
FROM ledger_post(:key, :kind, :hash, :occurred_at, cast(:refs AS jsonb), cast(:legs AS jsonb))
