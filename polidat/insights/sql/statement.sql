-- A seller's lines of a period, oldest first: each sale, period, refund and loss; single uses by day; and what moved
-- to the seller's Stripe account or came back from it. Every amount is as it changes what the seller is owed.
-- How many licences a sale was of is looked up last, once a line.
, stated AS (
    SELECT min(at) AS at, shown AS what, order_ref, number, coalesce(title, '') AS title, min(txn_id) AS first_txn,
           coalesce(sum(minor) FILTER (WHERE is_volume), 0) AS gross_minor,
           coalesce(-sum(minor) FILTER (WHERE part = 'house'), 0) AS commission_minor,
           coalesce(-sum(minor) FILTER (WHERE part = 'stripe_fee'), 0) AS card_fee_minor,
           coalesce(-sum(minor) FILTER (WHERE part = 'fx_loss'), 0) AS borne_minor,
           coalesce(sum(minor) FILTER (WHERE part = 'seller'), 0) AS yours_minor,
           coalesce(sum(minor) FILTER (WHERE part IN ('sent', 'kept')), 0) AS moved_minor
    FROM facts
    CROSS JOIN LATERAL (
        SELECT CASE WHEN part = 'kept' THEN 'hosting' WHEN part <> 'sent' THEN what
               WHEN kind IN ('transfer', 'application_fee', 'exchange') THEN 'sent' ELSE 'taken_back' END AS shown
    ) AS named
    CROSS JOIN LATERAL (
        SELECT CASE WHEN what = 'use' OR part = 'sent' THEN (at AT TIME ZONE 'UTC')::date::text
               ELSE txn_id::text END AS of_line
    ) AS keyed
    WHERE seller_id = :seller_id AND (is_volume OR part IN ('sent', 'kept'))
      AND (cast(:buyer_id AS bigint) IS NULL OR (buyer_id = :buyer_id AND part NOT IN ('sent', 'kept')))
    GROUP BY shown, of_line, order_ref, number, title, currency
)
SELECT stated.*, l.quantity, (l.price_minor + l.discount_minor - l.shipping_minor) / l.quantity AS unit_minor
FROM stated
LEFT JOIN customer_order o ON stated.what = 'sale' AND o.public_id = stated.order_ref
LEFT JOIN order_line l ON l.order_id = o.id AND l.number = stated.number
ORDER BY stated.at, stated.what IN ('sent', 'taken_back'), first_txn, stated.number
