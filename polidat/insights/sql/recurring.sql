-- What running subscriptions bring in a month, a yearly price counted as a twelfth. A trial brings nothing yet.
SELECT kind,
       count(*) FILTER (WHERE pays) AS running,
       count(*) FILTER (WHERE state = 'trialing') AS trials,
       count(*) FILTER (WHERE state = 'past_due') AS behind,
       count(*) FILTER (WHERE pays AND ends_with_period) AS ending,
       round(coalesce(sum(monthly) FILTER (WHERE pays), 0))::bigint AS monthly_minor,
       round(coalesce(sum(monthly * share) FILTER (WHERE pays), 0))::bigint AS house_minor
FROM subscription
CROSS JOIN LATERAL (
    SELECT state IN ('active', 'past_due') AS pays,
           price_minor::numeric / CASE interval WHEN 'year' THEN 12 ELSE 1 END AS monthly,
           CASE kind WHEN 'hosting' THEN 1 ELSE commission_bps / 10000.0 END AS share
) AS worth
WHERE currency = :currency AND state IN ('active', 'past_due', 'trialing')
GROUP BY kind
ORDER BY kind
