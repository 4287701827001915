-- Payouts that came back since `since` and of how many sellers, payouts that should have arrived before `late`, and
-- parts of sales that do not reach their sellers: refused, tried for a day, or without a job since `lost`.
SELECT
    count(*) FILTER (WHERE state = 'failed' AND coalesce(told_at, arrives_at) >= :since) AS failed,
    count(DISTINCT seller_id) FILTER (WHERE state = 'failed' AND coalesce(told_at, arrives_at) >= :since) AS sellers,
    count(*) FILTER (WHERE state IN ('pending', 'in_transit') AND arrives_at < :late) AS late,
    (
        SELECT count(*) FROM transfer
        WHERE state = 'failed' OR (state = 'short' AND tries >= :tries) OR (state = 'planned' AND planned_at < :lost
            AND amount_minor > 0)
    ) AS unsent
FROM payout
