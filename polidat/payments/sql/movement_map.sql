-- Every pair of the table `reconciled`, with the legs of the posting and of its repairs that mirror the movement and
-- its fee, in the currency of the pair.
WITH roots AS (
    SELECT DISTINCT txn_id FROM reconciled WHERE txn_id IS NOT NULL
), posted AS (
    SELECT txn_id AS root, txn_id AS id FROM roots
    UNION ALL
    SELECT t.reverses, t.id FROM ledger_txn t JOIN roots ON roots.txn_id = t.reverses
    WHERE t.reverses IS NOT NULL AND t.kind = 'repair'
), legs AS (
    SELECT p.root, p.id AS txn_id, t.kind, e.seq, a.code, e.currency, e.amount
    FROM posted p JOIN ledger_txn t ON t.id = p.id JOIN ledger_entry e ON e.txn_id = p.id
    JOIN ledger_account a ON a.id = e.account_id
    WHERE a.code IN ('A:stripe', 'X:stripe_fee', 'X:dispute_fee')
)
SELECT r.bt_id, r.at, r.category AS says, r.currency, r.theirs_minor IS NOT NULL AS is_theirs, r.nth,
       bt.category, bt.source, bt.amount_minor, bt.fee_minor, bt.net_minor,
       legs.txn_id, legs.kind, legs.code, legs.currency AS leg_currency, legs.amount AS leg_minor
FROM reconciled r
LEFT JOIN stripe_bt bt ON bt.id = r.bt_id AND r.theirs_minor IS NOT NULL
LEFT JOIN legs ON legs.root = r.txn_id AND legs.currency = r.ours_currency
ORDER BY r.at, r.bt_id, r.txn_id, r.nth, legs.txn_id, legs.seq
