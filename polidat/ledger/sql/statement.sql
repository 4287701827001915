-- A page of an account's movements in a period, oldest first, with the balance after each, between the balance at its
-- beginning and at its end. One row at least, without a movement where there is none.
WITH mine AS (
    SELECT t.id AS txn_id, t.kind, t.occurred_at, t.order_ref, t.stripe_object, e.seq, e.amount
    FROM ledger_entry e JOIN ledger_txn t ON t.id = e.txn_id JOIN ledger_account a ON a.id = e.account_id
    WHERE a.code = :code AND a.currency = :currency
      AND (cast(:until AS timestamptz) IS NULL OR t.occurred_at < :until)
), sums AS (
    SELECT coalesce(sum(amount) FILTER (WHERE occurred_at < cast(:since AS timestamptz)), 0)::bigint AS opening,
           coalesce(sum(amount), 0)::bigint AS closing,
           count(*) FILTER (WHERE cast(:since AS timestamptz) IS NULL OR occurred_at >= :since) AS many
    FROM mine
), page AS (
    SELECT mine.*, (opening + sum(amount) OVER (ORDER BY occurred_at, txn_id, seq))::bigint AS balance
    FROM mine, sums WHERE cast(:since AS timestamptz) IS NULL OR occurred_at >= :since
    ORDER BY occurred_at, txn_id, seq LIMIT :size OFFSET :skip
)
SELECT sums.opening, sums.closing, sums.many, page.*
FROM sums LEFT JOIN page ON true
ORDER BY page.occurred_at, page.txn_id, page.seq
