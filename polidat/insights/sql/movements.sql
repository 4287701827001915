-- Each movement into a seller's Stripe account, or out of it, oldest first.
SELECT facts.kind, facts.at, facts.order_ref, facts.code, -facts.minor AS minor,
       coalesce(transfer.public_id LIKE 'back\_%', false) AS is_return
FROM facts LEFT JOIN transfer ON transfer.stripe_id = facts.stripe_object
WHERE facts.part = 'sent' AND facts.seller_id = :seller_id
ORDER BY facts.at, facts.txn_id
