-- Every account that ever moved, with the sum of its legs; the sums add up to zero in each currency.
SELECT a.code, a.currency, sum(e.amount)::bigint AS minor
FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
GROUP BY a.id
ORDER BY a.currency, a.code
