-- What the books say was earned, given back, lost and sent on: one row a leg and line sold, a credit positive.
-- A leg that is about several lines is shared over them by rounded running totals, so the parts sum to the leg.
-- Other statements of this room are appended to this one. Without a currency, or a seller, it is about all of them.
WITH legs AS (SELECT * FROM (
    SELECT t.id AS txn_id, e.seq, t.kind, t.occurred_at AS at, t.order_ref, t.idem_key, t.stripe_object,
           e.currency, a.code, -e.amount AS minor,
           coalesce(o.buyer_id, s.person_id, w.person_id) AS buyer_id,
           CASE WHEN a.code ~ '^(L:seller|L:seller_hold|A:seller_recv):[0-9]+$' THEN split_part(a.code, ':', 3)::bigint
                WHEN t.kind = 'usage' THEN split_part(t.idem_key, ':', 3)::bigint END AS seller_id,
           CASE t.kind WHEN 'sale' THEN 'sale' WHEN 'subscription' THEN 'period' WHEN 'usage' THEN 'use'
                WHEN 'refund_share' THEN 'refund' WHEN 'dispute_lost' THEN 'dispute' ELSE 'other' END AS what,
           CASE WHEN a.code ~ '^(L:seller|L:seller_hold|A:seller_recv):' THEN
                    CASE WHEN t.kind IN ('sale', 'subscription', 'usage', 'refund_share', 'dispute_lost') THEN 'seller'
                         WHEN t.kind IN ('transfer', 'application_fee', 'reversal', 'application_fee_refund', 'exchange')
                             THEN 'sent' WHEN t.kind IN ('hosting_fee', 'hosting_back') THEN 'kept' END
                WHEN a.code IN ('R:commission', 'R:usage_share') THEN 'house'
                WHEN a.code ~ '^(R|X):' THEN substr(a.code, 3) END AS part
    FROM ledger_txn t
    JOIN ledger_entry e ON e.txn_id = t.id
    JOIN ledger_account a ON a.id = e.account_id
    LEFT JOIN customer_order o ON o.public_id = t.order_ref
    LEFT JOIN subscription s ON s.public_id = t.order_ref
    LEFT JOIN wallet w ON t.kind = 'usage' AND w.id = (t.meta ->> 'wallet')::bigint
    WHERE t.occurred_at >= :since AND t.occurred_at < :until
      AND (cast(:currency AS text) IS NULL OR e.currency = :currency)
      AND (cast(:seller_id AS bigint) IS NULL OR t.id IN (
          SELECT own.txn_id FROM ledger_entry own JOIN ledger_account mine ON mine.id = own.account_id
          WHERE mine.code IN ('L:seller:' || :seller_id, 'L:seller_hold:' || :seller_id,
                              'A:seller_recv:' || :seller_id)))
    OFFSET 0  -- what follows is no condition on accounts: the planner would start from them, all their past included
    ) AS every_leg WHERE part IS NOT NULL
), shared AS (
    SELECT DISTINCT txn_id, kind, order_ref, idem_key FROM legs
    WHERE kind IN ('sale', 'subscription', 'refund_share', 'dispute_lost')
), touched AS (
    SELECT shared.txn_id, l.number, l.listing_id, l.seller_id, l.title, size.minor AS size,
           size.minor * bears.seller_minor::numeric / l.price_minor AS of_seller,
           size.minor * bears.card_fee_minor::numeric / l.price_minor AS of_card_fee,
           size.minor * (l.settled_minor - bears.seller_minor - bears.card_fee_minor)::numeric / l.price_minor
               AS of_house
    FROM shared
    JOIN customer_order o ON o.public_id = shared.order_ref
    JOIN order_line l ON l.order_id = o.id AND l.price_minor > 0
    LEFT JOIN refund_line r ON shared.kind = 'refund_share' AND r.number = l.number
        AND r.refund_ref = split_part(shared.idem_key, ':', 2)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN shared.kind = 'refund_share' THEN r.amount_minor ELSE l.price_minor END AS minor
    ) size
    CROSS JOIN LATERAL (  -- of a refund the seller bears everything where that is the store's policy
        SELECT CASE WHEN alone THEN l.settled_minor ELSE l.seller_minor END AS seller_minor,
               CASE WHEN alone THEN 0 ELSE l.passed_fee_minor END AS card_fee_minor
        FROM (SELECT shared.kind = 'refund_share' AND l.keeps_fee AS alone) AS policy
    ) bears
    WHERE size.minor IS NOT NULL
      AND CASE WHEN shared.kind = 'sale' THEN l.number = split_part(shared.idem_key, ':', 3)::bigint ELSE true END
    UNION ALL
    SELECT shared.txn_id, 1, s.listing_id, s.seller_id, s.title, 1, 1, 1, 1
    FROM shared JOIN subscription s ON s.public_id = shared.order_ref
), weighed AS (
    SELECT legs.*, touched.number, touched.listing_id, touched.title, touched.size,
           coalesce(legs.seller_id, touched.seller_id) AS of_seller_id,
           CASE legs.part WHEN 'seller' THEN touched.of_seller WHEN 'house' THEN touched.of_house
                WHEN 'stripe_fee' THEN touched.of_card_fee ELSE touched.size END AS weight
    FROM legs LEFT JOIN touched
        ON touched.txn_id = legs.txn_id AND (legs.seller_id IS NULL OR legs.seller_id = touched.seller_id)
), sized AS (
    SELECT *, CASE WHEN sum(weight) OVER leg > 0 THEN weight ELSE size END AS taken
    FROM weighed WHERE kind IN ('refund_share', 'dispute_lost')
    WINDOW leg AS (PARTITION BY txn_id, seq)
), told AS (
    SELECT txn_id, at, what, part, order_ref, stripe_object, currency, code, kind, buyer_id, number, listing_id, title,
           of_seller_id, size, minor
    FROM weighed WHERE kind NOT IN ('refund_share', 'dispute_lost')
    UNION ALL
    SELECT txn_id, at, what, part, order_ref, stripe_object, currency, code, kind, buyer_id, number, listing_id, title,
           of_seller_id, size,
           coalesce(round(minor * sum(taken) OVER upto / sum(taken) OVER leg)
                    - round(minor * (sum(taken) OVER upto - taken) / sum(taken) OVER leg), minor)::bigint
    FROM sized
    WINDOW leg AS (PARTITION BY txn_id, seq), upto AS (PARTITION BY txn_id, seq ORDER BY number)
), split AS (
    SELECT txn_id, at, what, part, order_ref, stripe_object, currency, code, kind, buyer_id, number, listing_id, title,
           of_seller_id AS seller_id, size, minor,
           CASE WHEN what = 'use' THEN 'use' WHEN order_ref LIKE 'sbs\_%' THEN 'subscription' ELSE 'copy' END AS sold_as,
           what <> 'other' AND part IN ('seller', 'house', 'stripe_fee', 'fx_loss') AS is_volume
    FROM told
), lines AS (
    SELECT txn_id, number, min(size) AS size, sum(minor) AS minor FROM split
    WHERE is_volume AND number IS NOT NULL AND what IN ('refund', 'dispute') GROUP BY txn_id, number
), due AS (  -- what a line should come to in all, where rounding its parts one by one has made it a unit more or less
    SELECT txn_id, number,
           (round(sum(minor) OVER txn * sum(size) OVER upto / sum(size) OVER txn)
            - round(sum(minor) OVER txn * (sum(size) OVER upto - size) / sum(size) OVER txn) - minor)::bigint AS minor
    FROM lines WINDOW txn AS (PARTITION BY txn_id), upto AS (PARTITION BY txn_id ORDER BY number)
), facts AS (
    SELECT * FROM split
    UNION ALL
    SELECT s.txn_id, s.at, s.what, 'house', s.order_ref, s.stripe_object, s.currency, 'R:commission', s.kind,
           s.buyer_id, s.number, s.listing_id, s.title, s.seller_id, s.size, due.minor, s.sold_as, true
    FROM due JOIN (SELECT DISTINCT ON (txn_id, number) * FROM split WHERE is_volume AND what IN ('refund', 'dispute')) s
        ON s.txn_id = due.txn_id AND s.number = due.number
    WHERE due.minor <> 0
)
