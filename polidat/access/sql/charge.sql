-- The hold ends, the wallet pays what the run did cost, and the charge is noted: together or not at all.
WITH ended AS (
    DELETE FROM wallet_hold WHERE key = :key RETURNING *
), paid AS (
    UPDATE wallet SET
        held_micros = held_micros - ended.micros,
        balance_micros = balance_micros - least(:micros, ended.micros),
        spent_micros = least(:micros, ended.micros) + CASE WHEN spent_month = :month THEN spent_micros ELSE 0 END,
        spent_month = :month,
        moved_at = :now
    FROM ended WHERE wallet.id = ended.wallet_id
    RETURNING wallet.id, wallet.person_id, wallet.currency, wallet.balance_micros, wallet.notice_minor,
        wallet.is_noticed, least(:micros, ended.micros) AS micros
), noted AS (
    INSERT INTO usage_charge
        (key, wallet_id, dataset_id, seller_id, kind, micros, share_bps, commission_rule_id, charged_at)
    SELECT ended.key, ended.wallet_id, ended.dataset_id, ended.seller_id, ended.kind, paid.micros, ended.share_bps,
        ended.commission_rule_id, :now
    FROM ended, paid
), summed AS (
    INSERT INTO usage_sum (wallet_id, seller_id, share_bps, micros, posted_minor, seller_minor)
    SELECT ended.wallet_id, ended.seller_id, ended.share_bps, paid.micros, 0, 0 FROM ended, paid
    ON CONFLICT (wallet_id, seller_id, share_bps) DO UPDATE SET micros = usage_sum.micros + excluded.micros
    RETURNING *
)
SELECT paid.id AS wallet_id, paid.person_id, paid.currency, paid.balance_micros, paid.notice_minor, paid.is_noticed,
    paid.micros, summed.seller_id, summed.share_bps, summed.micros AS sum_micros, summed.posted_minor,
    summed.seller_minor
FROM paid, summed
