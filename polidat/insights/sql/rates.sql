-- By what the house's part of a seller's lines was reckoned: of orders and subscriptions as kept with them, of single
-- uses by day as their postings say, with the rules the day's uses were charged by. A rule is named like its page names it; what is older than the rules has none.
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
    SELECT day::text, NULL::integer, posted.bps, 0, 0, NULL::bigint, used.rule_id, NULL::integer, :currency
    FROM (SELECT DISTINCT (t.occurred_at AT TIME ZONE 'UTC')::date AS day, split_part(t.idem_key, ':', 4)::integer AS bps
          FROM ledger_txn t
          WHERE t.kind = 'usage' AND split_part(t.idem_key, ':', 3) = cast(:seller_id AS text)
            AND t.occurred_at >= :since AND t.occurred_at < :until) AS posted
    LEFT JOIN (SELECT DISTINCT (charged_at AT TIME ZONE 'UTC')::date AS day, share_bps AS bps,
                      commission_rule_id AS rule_id
               FROM usage_charge WHERE seller_id = :seller_id AND charged_at >= :since AND charged_at < :until) AS used
        USING (day, bps)
)
SELECT kept.order_ref, kept.number, kept.bps, kept.fixed_minor, kept.min_minor, kept.max_minor, kept.currency,
       coalesce(kept.version, r.version, 0) AS version,
       CASE WHEN listing.id IS NOT NULL THEN 'listing ' || listing.title
                    WHEN store.id IS NOT NULL THEN 'store ' || store.name
                    WHEN r.category <> '' THEN 'category ' || r.category
                    WHEN r.id IS NOT NULL THEN 'everything else' ELSE '' END AS about
FROM kept
LEFT JOIN commission_rule r ON r.id = kept.rule_id
LEFT JOIN store ON store.id = r.store_id
LEFT JOIN listing ON listing.id = r.listing_id
ORDER BY kept.order_ref, kept.number, kept.bps, about
