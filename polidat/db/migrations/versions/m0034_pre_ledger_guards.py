"""What is noted beside the books never meets money; prepaid hosting and bidders' deposits never fall below nothing."""

from polidat.db.migrations.run import run_sql

revision = "0034"
down_revision = "0033"

_SQL = """
CREATE OR REPLACE FUNCTION ledger_check_txn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told record;
BEGIN
    SELECT coalesce(sum(many), 0) AS legs, bool_or(minor <> 0) AS unbalanced, coalesce(sum(noted), 0) AS noted INTO told
        FROM (
            SELECT count(*) AS many, sum(e.amount) AS minor, count(*) FILTER (WHERE a.kind = 'memo') AS noted
            FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
            WHERE e.txn_id = new.id GROUP BY e.currency
        ) AS sums;
    IF told.legs < 2 THEN
        RAISE EXCEPTION 'ledger: transaction % has fewer than two legs', new.idem_key
            USING ERRCODE = 'check_violation';
    END IF;
    IF told.unbalanced THEN
        RAISE EXCEPTION 'ledger: transaction % does not sum to zero in every currency', new.idem_key
            USING ERRCODE = 'check_violation';
    END IF;
    IF told.noted NOT IN (0, told.legs) THEN
        RAISE EXCEPTION 'ledger: transaction % mixes memo accounts with money', new.idem_key
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger_open_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.kind := CASE left(new.code, 2)
        WHEN 'A:' THEN 'asset' WHEN 'L:' THEN 'liability' WHEN 'C:' THEN 'clearing'
        WHEN 'R:' THEN 'revenue' WHEN 'X:' THEN 'expense' WHEN 'M:' THEN 'memo' END;
    new.floor_minor := CASE WHEN new.code ~
        '^(L:seller|L:seller_hold|L:buyer_credit|L:deferred_hosting|L:auction_deposit|A:seller_recv):.' THEN 0 END;
    RETURN new;
END $$;

-- A posting that is still open would be missed by the sums below, and its account start too low.
LOCK TABLE ledger_entry IN SHARE ROW EXCLUSIVE MODE;
UPDATE ledger_account SET floor_minor = 0 WHERE code ~ '^(L:deferred_hosting|L:auction_deposit):.';

INSERT INTO ledger_balance (account_id, amount, version)
    SELECT a.id, coalesce(sum(e.amount), 0)::bigint, 0
    FROM ledger_account a LEFT JOIN ledger_entry e ON e.account_id = a.id
    WHERE a.code ~ '^(L:deferred_hosting|L:auction_deposit):.' GROUP BY a.id
    ON CONFLICT DO NOTHING;

-- Few postings correct another one; reconciliation asks for all of them, and for those of one posting.
CREATE INDEX ix_ledger_txn_reverses ON ledger_txn (reverses) WHERE reverses IS NOT NULL;
"""


def upgrade() -> None:
    run_sql(_SQL)
