-- Reserve what a run may cost at most: one row is locked, and nothing is reserved that is not there.
-- The transaction need not wait for the disk: a reservation lost with the server is of a run that was lost with it.
WITH placed AS (
    UPDATE wallet SET held_micros = held_micros + :micros
    WHERE person_id = :person_id AND currency = :currency AND state = 'active'
        AND balance_micros - held_micros >= :micros
        AND (cap_minor IS NULL OR cap_minor * 1000000 >= held_micros + :micros
            + CASE WHEN spent_month = :month THEN spent_micros ELSE 0 END)
    RETURNING id
)
INSERT INTO wallet_hold (key, wallet_id, dataset_id, seller_id, kind, share_bps, commission_rule_id, micros, expires_at)
SELECT :key, id, :dataset_id, :seller_id, :kind, :share_bps, :commission_rule_id, :micros, :expires_at FROM placed
WHERE set_config('synchronous_commit', 'off', true) = 'off'
RETURNING wallet_id
