-- The text of each transaction as the chain seals it, and the legs it has now. Times in UTC, nothing by locale.
SELECT t.id AS id,
       concat_ws(
           E'\x1f', t.id::text, t.idem_key, t.content_hash, t.kind,
           to_char(t.occurred_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'),
           to_char(t.posted_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'),
           coalesce(t.stripe_object, ''), coalesce(t.order_ref, ''), coalesce(t.reverses::text, ''), t.meta::text,
           'event ' || t.stripe_event,  -- absent when there is none, so that links sealed without it still hold
           (SELECT string_agg(
                       concat_ws(E'\x1e', e.seq::text, a.code, e.currency, e.amount::text, coalesce(e.bt_id, '')),
                       E'\x1d' ORDER BY e.seq)
            FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id WHERE e.txn_id = t.id)
       ) AS line
FROM ledger_txn t
