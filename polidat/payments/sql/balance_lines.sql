-- By currency: all mirrored movements, the whole account that mirrors Stripe's balance, and what is too young to be on
-- both sides: movements without a leg, less legs without a movement.
WITH legs AS (
    SELECT e.currency, e.amount, e.bt_id, t.occurred_at, t.kind
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id JOIN ledger_txn t ON t.id = e.txn_id
    WHERE a.code = 'A:stripe'
), told AS (
    SELECT currency, net_minor AS mirrored, 0 AS books, CASE
        WHEN created_at >= :grace AND NOT EXISTS (SELECT FROM legs WHERE legs.bt_id = stripe_bt.id) THEN net_minor
        ELSE 0 END AS timing
    FROM stripe_bt
    UNION ALL
    SELECT currency, 0, amount, CASE
        WHEN occurred_at >= :grace AND kind <> 'repair'
             AND NOT EXISTS (SELECT FROM stripe_bt WHERE stripe_bt.id = legs.bt_id) THEN -amount
        ELSE 0 END
    FROM legs
)
SELECT currency, sum(mirrored)::bigint AS mirrored, sum(books)::bigint AS books, sum(timing)::bigint AS timing
FROM told GROUP BY currency ORDER BY currency
