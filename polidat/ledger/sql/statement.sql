-- An account's movements with the balance after each, oldest first. Id order is the order of writing.
SELECT t.id AS txn_id, t.kind, t.occurred_at, t.order_ref, t.stripe_object, e.amount,
       sum(e.amount) OVER (ORDER BY t.id, e.seq)::bigint AS balance
FROM ledger_entry e JOIN ledger_txn t ON t.id = e.txn_id JOIN ledger_account a ON a.id = e.account_id
WHERE a.code = :code AND a.currency = :currency
ORDER BY t.id, e.seq
