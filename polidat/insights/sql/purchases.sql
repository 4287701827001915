-- What people tried to pay (orders, top-ups, subscriptions), and for how much of it no attempt was paid. What a card
-- only held for a bid is no purchase; what is on its way is not decided yet.
SELECT count(*) AS tried, count(*) FILTER (WHERE NOT paid) AS failed
FROM (
    SELECT c.subject, bool_or(c.state = 'settled') AS paid, bool_or(c.state = 'waiting') AS waits
    FROM charge c LEFT JOIN payment p ON p.id = c.payment_id
    WHERE c.charged_at >= :since AND c.charged_at < :until AND NOT coalesce(p.is_hold, false)
    GROUP BY c.subject
) s
WHERE paid OR NOT waits
