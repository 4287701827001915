-- What was sold each day in each currency: the amount and the number of payments. Days without any are not there.
SELECT e.currency, (t.occurred_at AT TIME ZONE 'UTC')::date AS day, -sum(e.amount)::bigint AS gross_minor,
       count(DISTINCT coalesce(t.order_ref, t.idem_key)) AS payments
FROM ledger_txn t JOIN ledger_entry e ON e.txn_id = t.id JOIN ledger_account a ON a.id = e.account_id
WHERE t.occurred_at >= :since AND t.occurred_at < :until AND t.kind IN ('sale', 'subscription', 'usage')
  AND (a.code ~ '^L:seller:' OR a.code IN ('R:commission', 'R:usage_share', 'X:stripe_fee'))
GROUP BY e.currency, day
ORDER BY e.currency, day
