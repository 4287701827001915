-- What there was before the window and after it, by side and currency: from the tables themselves, not from the pairs.
SELECT 'Stripe' AS side, currency, coalesce(sum(net_minor) FILTER (WHERE created_at < :since), 0)::bigint AS opening,
       sum(net_minor)::bigint AS closing
FROM stripe_bt WHERE created_at < :until GROUP BY currency
UNION ALL
SELECT 'books', e.currency, coalesce(sum(e.amount) FILTER (WHERE t.occurred_at < :since), 0)::bigint,
       sum(e.amount)::bigint
FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id JOIN ledger_txn t ON t.id = e.txn_id
WHERE a.code = 'A:stripe' AND t.occurred_at < :until GROUP BY e.currency
ORDER BY 2, 1
