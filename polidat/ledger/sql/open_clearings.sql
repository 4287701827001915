-- Clearing accounts that have not returned to zero since `before`: money nobody has decided on.
SELECT a.code, a.currency, sum(e.amount)::bigint AS minor
FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id JOIN ledger_txn t ON t.id = e.txn_id
WHERE a.kind = 'clearing'
GROUP BY a.id
HAVING sum(e.amount) <> 0 AND min(t.posted_at) < :before
ORDER BY a.currency, a.code
