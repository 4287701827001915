-- By seller and currency, what the books owe and what waits to be sent; one statement, so that both are of one moment.
SELECT coalesce(owed.seller, waiting.seller) AS seller, coalesce(owed.currency, waiting.currency) AS currency,
       coalesce(owed.minor, 0) AS owed, coalesce(waiting.minor, 0) AS waiting
FROM (
    SELECT substr(a.code, length('L:seller:') + 1) AS seller, a.currency, -sum(e.amount)::bigint AS minor
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
    WHERE a.code LIKE 'L:seller:%' GROUP BY 1, 2
) owed
FULL JOIN (
    SELECT seller_id::text AS seller, currency, sum(amount_minor)::bigint AS minor
    FROM transfer WHERE state <> 'created' GROUP BY 1, 2
) waiting ON waiting.seller = owed.seller AND waiting.currency = owed.currency
ORDER BY 1, 2
