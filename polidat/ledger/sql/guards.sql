-- What the books refuse, whoever asks. The application's role may look and add; it may not change or remove.

-- An account is what its code says. Who is owed money, and who owes us, is guarded by a floor.
CREATE FUNCTION ledger_open_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.kind := CASE left(new.code, 2)
        WHEN 'A:' THEN 'asset' WHEN 'L:' THEN 'liability' WHEN 'C:' THEN 'clearing'
        WHEN 'R:' THEN 'revenue' WHEN 'X:' THEN 'expense' WHEN 'M:' THEN 'memo' END;
    new.floor_minor := CASE
        WHEN new.code ~ '^(L:seller|L:seller_hold|L:buyer_credit|A:seller_recv):.' THEN 0 END;
    RETURN new;
END $$;

CREATE TRIGGER ledger_open_account BEFORE INSERT ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_open_account();

-- Balances are written by these functions alone, with the rights of their owner.
CREATE FUNCTION ledger_open_balance() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF new.floor_minor IS NOT NULL THEN
        INSERT INTO ledger_balance (account_id, amount, version) VALUES (new.id, 0, 0);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_open_balance AFTER INSERT ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_open_balance();

-- Who writes a transaction, and when, is not for the writer to say.
CREATE FUNCTION ledger_stamp_txn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.xact := pg_current_xact_id();
    new.posted_at := clock_timestamp();
    RETURN new;
END $$;

CREATE TRIGGER ledger_stamp_txn BEFORE INSERT ON ledger_txn
    FOR EACH ROW EXECUTE FUNCTION ledger_stamp_txn();

-- Legs come with their transaction or not at all. Balances are locked in the order of their accounts:
-- unordered, two postings that share two accounts deadlock.
CREATE FUNCTION ledger_take_legs() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added JOIN ledger_txn ON ledger_txn.id = added.txn_id
        WHERE ledger_txn.xact <> pg_current_xact_id()
    ) THEN
        RAISE EXCEPTION 'ledger: a leg was added to a transaction that is already written'
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM ledger_balance WHERE account_id IN (SELECT account_id FROM added)
        ORDER BY account_id FOR UPDATE;
    UPDATE ledger_balance SET amount = ledger_balance.amount + sums.amount, version = version + 1
        FROM (SELECT account_id, sum(amount)::bigint AS amount FROM added GROUP BY account_id) AS sums
        WHERE ledger_balance.account_id = sums.account_id;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_take_legs AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_take_legs();

-- Once per transaction and at its end; once per leg would be quadratic.
CREATE FUNCTION ledger_check_txn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM ledger_entry WHERE txn_id = new.id) < 2 THEN
        RAISE EXCEPTION 'ledger: transaction % has fewer than two legs', new.idem_key
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM ledger_entry WHERE txn_id = new.id GROUP BY currency HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'ledger: transaction % does not sum to zero in every currency', new.idem_key
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_check_txn AFTER INSERT ON ledger_txn
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_txn();

-- At the end as well: within one unit of work a transfer may be written before the sale it pays.
CREATE FUNCTION ledger_check_floor() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    low record;
BEGIN
    SELECT code, currency INTO low FROM ledger_balance JOIN ledger_account ON ledger_account.id = account_id
        WHERE account_id = new.account_id AND floor_minor >
            CASE WHEN kind IN ('liability', 'revenue') THEN -amount ELSE amount END;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: % in % would fall below its floor', low.code, low.currency
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_check_floor AFTER UPDATE ON ledger_balance
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_floor();

-- What is written stays written: a mistake is corrected by a second transaction.
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger: % of % is refused, the books are append-only', tg_op, tg_table_name
        USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER ledger_txn_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_txn
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_account_stays BEFORE DELETE OR TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_balance_stays BEFORE DELETE OR TRUNCATE ON ledger_balance
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

REVOKE ALL ON currency, ledger_account, ledger_txn, ledger_entry, ledger_balance FROM polidat_app;
GRANT SELECT ON currency, ledger_balance TO polidat_app;
GRANT SELECT, INSERT ON ledger_account, ledger_txn, ledger_entry TO polidat_app;
