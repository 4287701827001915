-- What the house owes a seller, held parts and debts counted, when a period begins and when it has ended.
SELECT coalesce(-sum(e.amount) FILTER (WHERE t.occurred_at < :since), 0) AS opening_minor,
       coalesce(-sum(e.amount), 0) AS closing_minor
FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id JOIN ledger_txn t ON t.id = e.txn_id
WHERE a.code IN ('L:seller:' || :seller_id, 'L:seller_hold:' || :seller_id, 'A:seller_recv:' || :seller_id)
  AND a.currency = :currency AND t.occurred_at < :until
