-- The currencies in which anything was ever earned, the one with most transactions first.
SELECT a.currency FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id
WHERE a.code ~ '^(R|L:seller):?' GROUP BY a.currency ORDER BY count(*) DESC, a.currency
