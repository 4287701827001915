-- One transaction with all its legs in one round trip. A key that is known gives what was written under it;
-- the caller compares the hash. Each statement of a function sees what others have committed meanwhile,
-- so a race on the key or on a new account ends with both sides reading the same row.
CREATE FUNCTION ledger_post(
    p_key text, p_kind text, p_hash text, p_occurred_at timestamptz, p_refs jsonb, p_legs jsonb
) RETURNS TABLE (txn_id bigint, written_hash text) LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
BEGIN
    INSERT INTO ledger_txn
        (idem_key, content_hash, kind, occurred_at, stripe_object, stripe_event, order_ref, reverses, meta)
        VALUES (p_key, p_hash, p_kind, p_occurred_at, p_refs ->> 'stripe_object', p_refs ->> 'stripe_event',
                p_refs ->> 'order_ref', (p_refs ->> 'reverses')::bigint, coalesce(p_refs -> 'meta', '{}'))
        ON CONFLICT (idem_key) DO NOTHING RETURNING id INTO v_id;
    IF v_id IS NULL THEN
        RETURN QUERY SELECT id, content_hash FROM ledger_txn WHERE idem_key = p_key;
        RETURN;
    END IF;
    INSERT INTO ledger_account (code, currency)
        SELECT DISTINCT leg.account, leg.currency
        FROM jsonb_to_recordset(p_legs) AS leg (account text, currency text)
        WHERE NOT EXISTS (
            SELECT 1 FROM ledger_account a WHERE a.code = leg.account AND a.currency = leg.currency
        )
        ORDER BY 1, 2
        ON CONFLICT (code, currency) DO NOTHING;
    INSERT INTO ledger_entry (txn_id, seq, account_id, currency, amount, bt_id)
        SELECT v_id, leg.seq, a.id, leg.currency, leg.minor, leg.bt_id
        FROM jsonb_to_recordset(p_legs) AS leg (seq bigint, account text, currency text, minor bigint, bt_id text)
        JOIN ledger_account a ON a.code = leg.account AND a.currency = leg.currency;
    RETURN QUERY SELECT v_id, p_hash;
END $$;
