-- Everybody who bought from a seller, or got something free: what they spent in each currency, the latest first.
, spent AS (
    SELECT buyer_id, currency,
           coalesce(sum(minor) FILTER (WHERE what IN ('sale', 'period', 'use')), 0)::bigint AS gross_minor,
           coalesce(-sum(minor) FILTER (WHERE what = 'refund'), 0)::bigint AS refunds_minor,
           coalesce(-sum(minor) FILTER (WHERE what = 'dispute'), 0)::bigint AS disputes_minor,
           min(at) FILTER (WHERE what IN ('sale', 'period', 'use')) AS first_at,
           max(at) FILTER (WHERE what IN ('sale', 'period', 'use')) AS last_at
    FROM facts WHERE seller_id = :seller_id AND is_volume AND buyer_id IS NOT NULL
    GROUP BY buyer_id, currency
), ordered AS (
    SELECT o.buyer_id, count(DISTINCT o.id) AS orders, min(o.paid_at) AS first_at, max(o.paid_at) AS last_at
    FROM order_line l JOIN customer_order o ON o.id = l.order_id
    WHERE l.seller_id = :seller_id AND o.state IN ('paid', 'fulfilled')
    GROUP BY o.buyer_id
), subscribed AS (
    SELECT person_id AS buyer_id, count(*) AS subscriptions FROM subscription
    WHERE seller_id = :seller_id AND state NOT IN ('', 'new', 'open') GROUP BY person_id
), found AS (
SELECT p.id, p.email, p.name, coalesce(ordered.orders, 0) AS orders, coalesce(s.subscriptions, 0) AS subscriptions,
       least(ordered.first_at, sums.first_at) AS first_at, greatest(ordered.last_at, sums.last_at) AS last_at,
       coalesce(sums.spent, '[]') AS spent,
       ARRAY(SELECT DISTINCT customer_id FROM billing b
             WHERE b.person_id = p.id AND b.seller_id = :seller_id AND customer_id IS NOT NULL ORDER BY 1) AS stripe_ids
FROM person p
LEFT JOIN ordered ON ordered.buyer_id = p.id
LEFT JOIN subscribed s ON s.buyer_id = p.id
LEFT JOIN (
    SELECT buyer_id, min(first_at) AS first_at, max(last_at) AS last_at,
           jsonb_agg(jsonb_build_array(currency, gross_minor, refunds_minor, disputes_minor) ORDER BY currency) AS spent
    FROM spent GROUP BY buyer_id
) sums ON sums.buyer_id = p.id
WHERE (ordered.buyer_id IS NOT NULL OR s.buyer_id IS NOT NULL OR sums.buyer_id IS NOT NULL)
  AND (cast(:buyer_id AS bigint) IS NULL OR p.id = :buyer_id)
  AND (cast(:words AS text) = '' OR strpos(lower(p.email || ' ' || p.name), lower(:words)) > 0)
)
, placed AS (SELECT *, row_number() OVER (ORDER BY last_at DESC NULLS LAST, id) AS place FROM found)
SELECT * FROM placed
WHERE cast(:after AS bigint) IS NULL OR place > (SELECT place FROM placed WHERE id = :after)
ORDER BY place LIMIT :limit OFFSET :offset
