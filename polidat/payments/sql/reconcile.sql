-- Every movement at Stripe beside the leg that mirrors it, in both directions, with what is to be said of the pair.
-- A leg without the id of its movement is linked by its source. What is younger than the grace is a matter of timing.
CREATE TEMPORARY TABLE reconciled ON COMMIT DROP AS
WITH theirs AS (
    SELECT id, category, source, currency, net_minor, fee_minor, created_at
    FROM stripe_bt WHERE created_at >= :since AND created_at < :until AND net_minor <> 0
), fees AS (
    SELECT e.txn_id, sum(e.amount)::bigint AS minor
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
    WHERE a.code IN ('X:stripe_fee', 'X:dispute_fee') GROUP BY e.txn_id
), ours AS (
    SELECT e.bt_id, e.txn_id, e.currency, e.amount, t.stripe_object, t.occurred_at, coalesce(fees.minor, 0) AS fee_minor
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id JOIN ledger_txn t ON t.id = e.txn_id
    LEFT JOIN fees ON fees.txn_id = e.txn_id
    WHERE a.code = 'A:stripe' AND t.occurred_at >= :since AND t.occurred_at < :until
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
