-- What of a running total stands in the books, and the seller's part of it.
UPDATE usage_sum SET posted_minor = :posted_minor, seller_minor = :seller_minor
WHERE wallet_id = :wallet_id AND seller_id = :seller_id AND share_bps = :share_bps
