-- Every movement at Stripe beside the leg that mirrors it, in both directions, with what is to be said of the pair.
-- A leg without the id of its movement is linked by its source. What is younger than the grace is a matter of timing.
CREATE TEMPORARY TABLE reconciled ON COMMIT DROP AS
WITH theirs AS (
    SELECT id, category, source, currency, net_minor, fee_minor, created_at
    FROM stripe_bt WHERE created_at >= :since AND created_at < :until AND net_minor <> 0
), repairing AS MATERIALIZED (  -- few among many: found by their own index, before any leg is looked at
    SELECT id, reverses FROM ledger_txn WHERE reverses IS NOT NULL AND kind = 'repair'
), repairs AS MATERIALIZED (  -- a repair says nothing of its own: it counts with the posting it repairs
    SELECT r.reverses AS txn_id, a.code, e.currency, e.amount
    FROM repairing r JOIN ledger_entry e ON e.txn_id = r.id JOIN ledger_account a ON a.id = e.account_id
    WHERE a.code IN ('A:stripe', 'X:stripe_fee', 'X:dispute_fee')
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
), paired AS MATERIALIZED (  -- a movement has one leg in its own currency at most: nothing here is counted twice
    SELECT theirs.id, theirs.category, theirs.source, theirs.currency, theirs.net_minor, theirs.fee_minor, theirs.created_at,
           ours.bt_id, ours.txn_id, ours.currency AS ours_currency, ours.amount, ours.fee_minor AS ours_fee_minor,
           ours.stripe_object, ours.occurred_at
    FROM theirs FULL JOIN ours ON ours.bt_id = theirs.id AND ours.currency = theirs.currency
), theirs_left AS MATERIALIZED (
    SELECT id, category, source, currency, net_minor, created_at FROM paired WHERE txn_id IS NULL
), ours_left AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY txn_id, ours_currency, amount) AS leg, bt_id, txn_id, ours_currency AS currency,
           amount, stripe_object, occurred_at
    FROM paired WHERE id IS NULL
), otherwise AS MATERIALIZED (  -- the leg of a movement that has none in its currency
    SELECT DISTINCT ON (theirs_left.id) theirs_left.id, ours_left.leg
    FROM theirs_left JOIN ours_left ON ours_left.bt_id = theirs_left.id ORDER BY theirs_left.id, ours_left.leg
), by_source AS MATERIALIZED (  -- the first with the first, the second with the second: one leg answers for one movement
    SELECT one.id, other.leg
    FROM (
        SELECT *, row_number() OVER (PARTITION BY source, currency, net_minor ORDER BY created_at, id) AS nth
        FROM theirs_left WHERE id NOT IN (SELECT id FROM otherwise)
    ) one JOIN (
        SELECT *, row_number() OVER (PARTITION BY stripe_object, currency, amount ORDER BY leg) AS nth
        FROM ours_left WHERE bt_id IS NULL
    ) other ON other.stripe_object = one.source AND other.currency = one.currency AND other.amount = one.net_minor
        AND other.nth = one.nth
), pairs AS (
    SELECT id AS bt_id, txn_id, currency, net_minor AS theirs_minor, amount AS ours_minor, ours_currency,
           created_at AS at, CASE WHEN amount <> net_minor THEN 'amount_mismatch'
                                  WHEN ours_fee_minor <> fee_minor THEN 'fee_mismatch' ELSE 'matched' END AS category,
           1 AS nth
    FROM paired WHERE id IS NOT NULL AND txn_id IS NOT NULL
    UNION ALL
    SELECT t.id, o.txn_id, t.currency, t.net_minor, o.amount, o.currency, t.created_at, found.category, 1
    FROM (
        SELECT id, leg, 'currency_mismatch' AS category FROM otherwise
        UNION ALL SELECT id, leg, 'linked_by_source' FROM by_source
    ) found JOIN theirs_left t ON t.id = found.id JOIN ours_left o ON o.leg = found.leg
    UNION ALL
    SELECT id, NULL, currency, net_minor, NULL, currency, created_at,
           CASE WHEN category <> ALL (:known) THEN 'unknown_type'
                WHEN created_at >= :grace THEN 'timing_here' ELSE 'missing_here' END, 1
    FROM theirs_left
    WHERE id NOT IN (SELECT id FROM otherwise) AND id NOT IN (SELECT id FROM by_source)
    UNION ALL
    SELECT bt_id, txn_id, currency, NULL, amount, currency, occurred_at,
           CASE WHEN occurred_at >= :grace THEN 'timing_there' ELSE 'missing_there' END,
           row_number() OVER (PARTITION BY coalesce(bt_id, txn_id::text) ORDER BY leg)
    FROM ours_left
    WHERE leg NOT IN (SELECT leg FROM otherwise) AND leg NOT IN (SELECT leg FROM by_source)
)
SELECT bt_id, txn_id, currency, theirs_minor, ours_minor, ours_currency, at, category, nth FROM pairs
