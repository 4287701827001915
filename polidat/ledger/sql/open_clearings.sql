-- Clearing accounts that left zero before `before` and have not returned: money nobody has decided on.
WITH rest AS (
    SELECT a.id, a.code, a.currency, sum(e.amount)::bigint AS minor
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
    WHERE a.kind = 'clearing'
    GROUP BY a.id HAVING sum(e.amount) <> 0
), steps AS (
    SELECT e.account_id, t.id, t.posted_at, sum(sum(e.amount)) OVER (PARTITION BY e.account_id ORDER BY t.id) AS balance
    FROM ledger_entry e JOIN ledger_txn t ON t.id = e.txn_id
    WHERE e.account_id IN (SELECT id FROM rest)
    GROUP BY e.account_id, t.id
), left_zero AS (
    SELECT s.account_id, min(s.posted_at) AS since
    FROM steps s
    WHERE s.id > coalesce(
        (SELECT max(z.id) FROM steps z WHERE z.account_id = s.account_id AND z.balance = 0), 0
    )
    GROUP BY s.account_id
)
SELECT rest.code, rest.currency, rest.minor, left_zero.since
FROM rest JOIN left_zero ON left_zero.account_id = rest.id
WHERE left_zero.since < :before
ORDER BY rest.currency, rest.code
