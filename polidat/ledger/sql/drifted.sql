-- Guarded accounts whose kept balance is not the sum of their legs: always none, unless somebody went around us.
SELECT a.code, a.currency, b.amount - coalesce(sum(e.amount), 0)::bigint AS minor
FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id
LEFT JOIN ledger_entry e ON e.account_id = b.account_id
GROUP BY a.id, b.account_id
HAVING b.amount <> coalesce(sum(e.amount), 0)
ORDER BY a.currency, a.code
