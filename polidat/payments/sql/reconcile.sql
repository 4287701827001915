-- Every movement at Stripe beside the leg that mirrors it, in both directions, with what is to be said of the pair.
-- A leg without the id of its movement is linked by its source. What is younger than the grace is a matter of timing.
CREATE TEMPORARY TABLE reconciled ON COMMIT DROP AS
WITH theirs AS (
    SELECT id, category, source, currency, net_minor, fee_minor, created_at
    FROM stripe_bt WHERE created_at >= :since AND created_at < :until AND net_minor <> 0
), repairs AS (  -- a repair says nothing of its own: it counts with the posting it repairs
    SELECT t.reverses AS txn_id, a.code, e.currency, e.amount
    FROM ledger_txn t JOIN ledger_entry e ON e.txn_id = t.id JOIN ledger_account a ON a.id = e.account_id
    WHERE t.kind = 'repair' AND t.reverses IS NOT NULL AND a.code IN ('A:stripe', 'X:stripe_fee', 'X:dispute_fee')
), fees AS (
    SELECT txn_id, sum(amount)::bigint AS minor FROM (
        SELECT e.txn_id, e.amount
        FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
        WHERE a.code IN ('X:stripe_fee', 'X:dispute_fee')
        UNION ALL SELECT txn_id, amount FROM repairs WHERE code <> 'A:stripe'
    ) each GROUP BY txn_id
), written AS (
    SELECT e.bt_id, e.txn_id, e.currency, e.amount, t.stripe_object, t.occurred_at
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id JOIN ledger_txn t ON t.id = e.txn_id
    WHERE a.code = 'A:stripe' AND t.occurred_at >= :since AND t.occurred_at < :until
      AND NOT (t.kind = 'repair' AND t.reverses IS NOT NULL)
), repaired AS (
    SELECT w.bt_id, w.txn_id, each.currency, sum(each.amount)::bigint AS amount, w.stripe_object, w.occurred_at
    FROM (SELECT DISTINCT ON (txn_id) * FROM written WHERE txn_id IN (SELECT txn_id FROM repairs) ORDER BY txn_id) w
    JOIN (
        SELECT txn_id, currency, amount FROM written WHERE txn_id IN (SELECT txn_id FROM repairs)
        UNION ALL SELECT txn_id, currency, amount FROM repairs WHERE code = 'A:stripe'
    ) each ON each.txn_id = w.txn_id
    GROUP BY w.bt_id, w.txn_id, each.currency, w.stripe_object, w.occurred_at HAVING sum(each.amount) <> 0
), ours AS (
    SELECT now.*, coalesce(fees.minor, 0) AS fee_minor
    FROM (
        SELECT * FROM written WHERE txn_id NOT IN (SELECT txn_id FROM repairs) UNION ALL SELECT * FROM repaired
    ) now LEFT JOIN fees ON fees.txn_id = now.txn_id
), theirs_left AS (
    SELECT id, source, currency, net_minor,
           row_number() OVER (PARTITION BY source, currency, net_minor ORDER BY created_at, id) AS nth
    FROM theirs WHERE NOT EXISTS (SELECT FROM ours WHERE ours.bt_id = theirs.id)
), ours_left AS (
    SELECT txn_id, stripe_object, currency, amount,
           row_number() OVER (PARTITION BY stripe_object, currency, amount ORDER BY txn_id) AS nth
    FROM ours WHERE bt_id IS NULL
), by_source AS (  -- the first with the first, the second with the second: one leg never answers for two movements
    SELECT theirs_left.id, ours_left.txn_id, ours_left.amount
    FROM theirs_left JOIN ours_left ON ours_left.stripe_object = theirs_left.source
        AND ours_left.currency = theirs_left.currency AND ours_left.amount = theirs_left.net_minor
        AND ours_left.nth = theirs_left.nth
), pairs AS (
    SELECT theirs.id AS bt_id, ours.txn_id, theirs.currency, theirs.net_minor AS theirs_minor,
           ours.amount AS ours_minor, ours.currency AS ours_currency, theirs.created_at AS at,
           CASE WHEN ours.currency <> theirs.currency THEN 'currency_mismatch'
                WHEN ours.amount <> theirs.net_minor THEN 'amount_mismatch'
                WHEN ours.fee_minor <> theirs.fee_minor THEN 'fee_mismatch'
                ELSE 'matched' END AS category
    FROM theirs JOIN ours ON ours.bt_id = theirs.id
    UNION ALL
    SELECT theirs.id, by_source.txn_id, theirs.currency, theirs.net_minor, by_source.amount, theirs.currency,
           theirs.created_at, 'linked_by_source'
    FROM theirs JOIN by_source ON by_source.id = theirs.id
    UNION ALL
    SELECT theirs.id, NULL, theirs.currency, theirs.net_minor, NULL, theirs.currency, theirs.created_at,
           CASE WHEN theirs.category <> ALL (:known) THEN 'unknown_type'
                WHEN theirs.created_at >= :grace THEN 'timing_here' ELSE 'missing_here' END
    FROM theirs
    WHERE NOT EXISTS (SELECT FROM ours WHERE ours.bt_id = theirs.id)
      AND NOT EXISTS (SELECT FROM by_source WHERE by_source.id = theirs.id)
    UNION ALL
    SELECT ours.bt_id, ours.txn_id, ours.currency, NULL, ours.amount, ours.currency, ours.occurred_at,
           CASE WHEN ours.occurred_at >= :grace THEN 'timing_there' ELSE 'missing_there' END
    FROM ours
    WHERE NOT EXISTS (SELECT FROM theirs WHERE theirs.id = ours.bt_id)
      AND NOT EXISTS (SELECT FROM by_source WHERE by_source.txn_id = ours.txn_id)
)
SELECT bt_id, txn_id, currency, theirs_minor, ours_minor, ours_currency, at, category FROM pairs
