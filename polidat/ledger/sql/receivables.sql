-- What sellers owe, with the transaction that raised it last. Hosting is left out of the causes: it is told when it is
-- taken. One transaction may credit and debit the account, so its legs count together.
WITH rest AS (
    SELECT a.id, a.code, a.currency, sum(e.amount)::bigint AS minor
    FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id
    WHERE a.code LIKE 'A:seller\_recv:%'
    GROUP BY a.id HAVING sum(e.amount) > 0
)
SELECT split_part(rest.code, ':', 3) AS seller, rest.currency, rest.minor, t.id AS txn_id, t.kind, t.order_ref
FROM rest CROSS JOIN LATERAL (
    SELECT t.id, t.kind, t.order_ref, t.posted_at
    FROM ledger_entry e JOIN ledger_txn t ON t.id = e.txn_id
    WHERE e.account_id = rest.id AND t.kind <> 'hosting_fee'
    GROUP BY t.id HAVING sum(e.amount) > 0
    ORDER BY t.id DESC LIMIT 1
) t
WHERE t.posted_at < :before
ORDER BY rest.currency, rest.code
