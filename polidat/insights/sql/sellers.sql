-- What each store sold in the window, in one currency: order lines, subscriptions' periods, and what the house took.
WITH sold AS (
    SELECT l.store_id, ol.seller_id, l.category, ol.settled_minor AS gross, ol.settled_minor - ol.seller_minor
        - ol.passed_fee_minor AS commission
    FROM order_line ol
    JOIN customer_order o ON o.id = ol.order_id
    JOIN listing l ON l.id = ol.listing_id
    JOIN charge c ON c.id = o.paid_charge
    WHERE o.paid_at >= :since AND o.paid_at < :until AND c.settled_currency = :currency AND ol.settled_minor > 0
    UNION ALL
    SELECT l.store_id, s.seller_id, l.category, p.settled_minor, p.settled_minor - p.seller_minor
    FROM subscription_payment p
    JOIN subscription s ON s.id = p.subscription_id
    JOIN listing l ON l.id = s.listing_id
    JOIN charge c ON c.id = p.charge_id
    WHERE p.paid_at >= :since AND p.paid_at < :until AND c.settled_currency = :currency
)
SELECT {by} AS name, count(*) AS sales, sum(sold.gross)::bigint AS gross, sum(sold.commission)::bigint AS commission
FROM sold JOIN store ON store.id = sold.store_id
GROUP BY 1 ORDER BY 3 DESC, 1
