-- The trial balance by kind: accounts of one subject each, such as a seller's or an order's, are one line together.
-- Debit and credit balances are summed apart, so that both columns come to the same.
SELECT kind, code, currency, count(*) AS accounts,
       coalesce(sum(minor) FILTER (WHERE minor > 0), 0)::bigint AS debit_minor,
       coalesce(-sum(minor) FILTER (WHERE minor < 0), 0)::bigint AS credit_minor
FROM (
    SELECT a.kind, substring(a.code FROM '^[A-Z]:[a-z_]+') AS code, a.currency, sum(e.amount) AS minor
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id GROUP BY a.id
) AS balances
GROUP BY kind, code, currency
ORDER BY currency, array_position(ARRAY['asset', 'liability', 'clearing', 'revenue', 'expense', 'memo'], kind), code
