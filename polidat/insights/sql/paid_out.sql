-- What left Stripe for the sellers' banks and did not come back, in the period and in the one before it.
SELECT coalesce(sum(amount_minor) FILTER (WHERE created_at >= :start), 0) AS now_minor,
       coalesce(sum(amount_minor) FILTER (WHERE created_at < :start), 0) AS before_minor
FROM payout
WHERE currency = :currency AND created_at >= :since AND created_at < :until AND state NOT IN ('failed', 'canceled')
