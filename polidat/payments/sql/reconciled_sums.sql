-- The pairs by category, side and currency; each pair is counted once, on the side it has.
SELECT category, 'Stripe' AS side, currency, count(*) AS pairs, sum(theirs_minor)::bigint AS minor
FROM reconciled WHERE theirs_minor IS NOT NULL GROUP BY category, currency
UNION ALL
SELECT category, 'books', ours_currency, count(*) FILTER (WHERE theirs_minor IS NULL), sum(ours_minor)::bigint
FROM reconciled WHERE ours_minor IS NOT NULL GROUP BY category, ours_currency
