-- Runs that never ended give back what they reserved.
WITH over AS (
    DELETE FROM wallet_hold WHERE key IN (
        SELECT key FROM wallet_hold WHERE expires_at <= :now ORDER BY wallet_id FOR UPDATE SKIP LOCKED
    ) RETURNING wallet_id, micros
), summed AS (
    SELECT wallet_id, sum(micros)::bigint AS micros, count(*) AS holds FROM over GROUP BY wallet_id
), freed AS (
    UPDATE wallet SET held_micros = held_micros - summed.micros FROM summed WHERE wallet.id = summed.wallet_id
)
SELECT coalesce(sum(holds), 0)::bigint FROM summed
