-- Wallets whose balance is not what the books owe the person, less what is used and not yet a whole minor unit.
SELECT w.person_id, w.currency,
    w.balance_micros - (coalesce(b.credit, 0) * 1000000 - coalesce(u.unposted, 0)) AS micros
FROM wallet w
LEFT JOIN (
    SELECT a.code, a.currency, -sum(e.amount)::bigint AS credit
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
    WHERE a.code LIKE 'L:buyer_credit:%' GROUP BY 1, 2
) b ON b.code = 'L:buyer_credit:' || w.person_id AND b.currency = w.currency
LEFT JOIN (
    SELECT wallet_id, sum(micros - posted_minor * 1000000)::bigint AS unposted FROM usage_sum GROUP BY 1
) u ON u.wallet_id = w.id
WHERE w.balance_micros <> coalesce(b.credit, 0) * 1000000 - coalesce(u.unposted, 0)
ORDER BY 1, 2
