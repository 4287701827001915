-- Stripe's events that nobody has worked on yet, since when the oldest waits, and when the sweeper last looked. Where
-- it never did, since when there is anything to look for. Mails a server was given again and
-- again and did not take, and orders an operator has to look at.
SELECT
    (SELECT count(*) FROM stripe_event WHERE state IN ('received', 'failed') AND received_at < :stuck) AS waiting,
    (SELECT min(received_at) FROM stripe_event WHERE state IN ('received', 'failed')) AS oldest,
    coalesce((SELECT max(swept_at) FROM stripe_sweep), (SELECT min(created_at) FROM payment)) AS swept_at,
    (SELECT count(*) FROM mail WHERE sent_at IS NULL AND attempts >= :tries AND created_at >= :since) AS unmailed,
    (SELECT count(*) FROM customer_order WHERE alert <> '') AS flagged
