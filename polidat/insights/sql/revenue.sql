-- What each day brought, in one currency, from the books: what came in from buyers, what went back, what the house kept.
SELECT (t.occurred_at AT TIME ZONE 'UTC')::date AS day,
    coalesce(-sum(e.amount) FILTER (WHERE a.code LIKE 'C:order:%' AND t.kind = 'charge'), 0)::bigint AS gross,
    coalesce(-sum(e.amount) FILTER (WHERE a.code = 'A:stripe' AND t.kind = 'refund'), 0)::bigint AS refunded,
    coalesce(sum(e.amount) FILTER (WHERE a.code LIKE 'C:dispute:%' AND t.kind = 'dispute'), 0)::bigint AS disputed,
    coalesce(-sum(e.amount) FILTER (WHERE a.code = 'R:commission'), 0)::bigint AS commission,
    coalesce(-sum(e.amount) FILTER (WHERE a.code IN ('R:usage_share', 'R:hosting', 'R:breakage')), 0)::bigint AS other,
    coalesce(sum(e.amount) FILTER (WHERE a.code IN ('X:stripe_fee', 'X:dispute_fee')), 0)::bigint AS fees,
    count(DISTINCT t.id) FILTER (WHERE t.kind = 'charge') AS payments
FROM ledger_entry e
JOIN ledger_account a ON a.id = e.account_id
JOIN ledger_txn t ON t.id = e.txn_id
WHERE e.currency = :currency AND t.occurred_at >= :since AND t.occurred_at < :until
GROUP BY 1 ORDER BY 1
