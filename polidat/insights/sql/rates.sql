-- By what the house's part of a seller's lines was reckoned: of orders and subscriptions as kept with them, of single
-- uses by day as their postings say. A rule is named like its page names it; what is older than the rules has none.
WITH kept AS (
    SELECT o.public_id AS order_ref, l.number, l.commission_bps AS bps, l.commission_fixed_minor AS fixed_minor,
           l.commission_min_minor AS min_minor, l.commission_max_minor AS max_minor, l.commission_rule_id AS rule_id,
           l.commission_version AS version, l.currency
    FROM order_line l JOIN customer_order o ON o.id = l.order_id
    WHERE o.public_id = ANY(cast(:refs AS text[])) AND l.seller_id = :seller_id
    UNION ALL
    SELECT public_id, 1, commission_bps, 0, 0, NULL, commission_rule_id, commission_version, currency
    FROM subscription WHERE public_id = ANY(cast(:refs AS text[])) AND seller_id = :seller_id
    UNION ALL
    SELECT DISTINCT (t.occurred_at AT TIME ZONE 'UTC')::date::text, NULL::integer,
           split_part(t.idem_key, ':', 4)::integer, 0, 0, NULL::bigint, NULL::bigint, 0, :currency
    FROM ledger_txn t
    WHERE t.kind = 'usage' AND split_part(t.idem_key, ':', 3) = cast(:seller_id AS text)
      AND t.occurred_at >= :since AND t.occurred_at < :until
)
SELECT kept.*, CASE WHEN listing.id IS NOT NULL THEN 'listing ' || listing.title
                    WHEN store.id IS NOT NULL THEN 'store ' || store.name
                    WHEN r.category <> '' THEN 'category ' || r.category
                    WHEN r.id IS NOT NULL THEN 'everything else' ELSE '' END AS about
FROM kept
LEFT JOIN commission_rule r ON r.id = kept.rule_id
LEFT JOIN store ON store.id = r.store_id
LEFT JOIN listing ON listing.id = r.listing_id
ORDER BY order_ref, number, bps
