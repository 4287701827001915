-- Who paid in the period and in the one before it, and for whom it was the first time in any currency.
WITH bought AS (
    SELECT coalesce(o.buyer_id, s.person_id, w.person_id) AS buyer_id, t.occurred_at AS at, t.id
    FROM ledger_txn t
    LEFT JOIN customer_order o ON o.public_id = t.order_ref
    LEFT JOIN subscription s ON s.public_id = t.order_ref
    LEFT JOIN wallet w ON t.kind = 'usage' AND w.id = (t.meta ->> 'wallet')::bigint
    WHERE t.kind IN ('sale', 'subscription', 'usage') AND t.occurred_at < :until
      AND (s.kind IS NULL OR s.kind = 'data')
), seen AS (
    SELECT buyer_id, min(at) AS first_at,
           bool_or(at >= :start AND in_currency) AS is_now,
           bool_or(at >= :since AND at < :start AND in_currency) AS is_before
    FROM bought CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
                       WHERE e.txn_id = bought.id AND e.currency = :currency AND a.code ~ '^(L:seller|R):') AS in_currency
    ) AS looked
    WHERE buyer_id IS NOT NULL
    GROUP BY buyer_id
)
SELECT count(*) FILTER (WHERE is_now) AS buyers_now,
       count(*) FILTER (WHERE is_now AND first_at >= :start) AS new_now,
       count(*) FILTER (WHERE is_before) AS buyers_before,
       count(*) FILTER (WHERE is_before AND first_at >= :since AND first_at < :start) AS new_before
FROM seen
