-- Every sum of a revenue report in one pass: of the period and of the one before, and of the period by day, week or
-- month, by seller, by listing, and by category.
, sums AS (
    SELECT is_now,
           CASE WHEN grouping(stamp) = 0 THEN 'time' WHEN grouping(facts.seller_id) = 0 THEN 'seller'
                WHEN grouping(facts.listing_id) = 0 THEN 'listing' WHEN grouping(topic) = 0 THEN 'category'
                ELSE 'total' END AS scope,
           stamp, facts.seller_id, facts.listing_id, topic, sold_as,
           coalesce(sum(minor) FILTER (WHERE is_volume AND what IN ('sale', 'period', 'use')), 0) AS gross_minor,
           coalesce(sum(minor) FILTER (WHERE is_volume AND what = 'use'), 0) AS use_minor,
           coalesce(-sum(minor) FILTER (WHERE is_volume AND what = 'refund'), 0) AS refunds_minor,
           coalesce(-sum(minor) FILTER (WHERE is_volume AND what = 'dispute'), 0) AS disputes_minor,
           coalesce(sum(minor) FILTER (WHERE part = 'house'), 0) AS commission_minor,
           coalesce(sum(minor) FILTER (WHERE part = 'seller'), 0) AS sellers_minor,
           coalesce(sum(minor) FILTER (WHERE part = 'stripe_fee' AND what <> 'other'), 0) AS passed_minor,
           coalesce(sum(minor) FILTER (WHERE part = 'hosting'), 0) AS hosting_minor,
           coalesce(sum(minor) FILTER (WHERE part = 'breakage'), 0) AS breakage_minor,
           coalesce(sum(minor) FILTER (WHERE code ~ '^(R|X):'), 0) AS earned_minor,
           coalesce(-sum(minor) FILTER (WHERE part = 'stripe_fee'), 0) AS card_fees_minor,
           coalesce(-sum(minor) FILTER (WHERE part = 'dispute_fee'), 0) AS dispute_fees_minor,
           coalesce(-sum(minor) FILTER (WHERE part = 'fx_loss'), 0) AS fx_loss_minor,
           coalesce(-sum(minor) FILTER (WHERE part = 'sent'), 0) AS sent_minor,
           count(DISTINCT CASE what WHEN 'sale' THEN order_ref WHEN 'period' THEN txn_id::text END) AS payments,
           count(DISTINCT txn_id) FILTER (WHERE what = 'refund' AND is_volume) AS refunds,
           count(DISTINCT txn_id) FILTER (WHERE what = 'dispute' AND is_volume) AS disputes
    FROM facts
    CROSS JOIN LATERAL (SELECT at >= :start AS is_now, date_trunc(:grain, at, 'UTC') AS stamp) AS placed
    LEFT JOIN listing ON listing.id = facts.listing_id
    CROSS JOIN LATERAL (SELECT coalesce(listing.category, '') AS topic) AS sorted
    GROUP BY GROUPING SETS (
        (is_now), (is_now, stamp), (is_now, facts.seller_id), (is_now, facts.listing_id), (is_now, topic, sold_as)
    )
)
SELECT sums.*, coalesce(nullif(p.name, ''), p.email) AS seller, listing.title AS listing
FROM sums
LEFT JOIN person p ON p.id = sums.seller_id
LEFT JOIN listing ON listing.id = sums.listing_id
WHERE (is_now OR scope = 'total')
  AND (scope <> 'seller' OR sums.seller_id IS NOT NULL) AND (scope <> 'listing' OR sums.listing_id IS NOT NULL)
  AND (scope <> 'category' OR gross_minor <> 0 OR refunds_minor <> 0 OR disputes_minor <> 0)
ORDER BY scope, stamp, gross_minor DESC, sums.seller_id, sums.listing_id, topic, sold_as
