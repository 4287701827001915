-- The books: accounts, transactions of two or more legs, and balances of the accounts that have a floor.
-- Amounts are integers in minor units; a debit is positive, a credit negative.
CREATE TABLE currency (
    code TEXT NOT NULL,
    exponent BIGINT NOT NULL,
    CONSTRAINT pk_currency PRIMARY KEY (code)
);

INSERT INTO currency (code, exponent) VALUES
    ('usd', 2), ('eur', 2), ('gbp', 2), ('cad', 2), ('aud', 2), ('chf', 2), ('jpy', 0), ('kwd', 3);

CREATE TABLE ledger_account (
    id BIGSERIAL NOT NULL,
    code TEXT NOT NULL,
    currency TEXT NOT NULL,
    kind TEXT NOT NULL,
    floor_minor BIGINT,
    CONSTRAINT pk_ledger_account PRIMARY KEY (id),
    CONSTRAINT uq_ledger_account_code_currency UNIQUE (code, currency),
    CONSTRAINT uq_ledger_account_id_currency UNIQUE (id, currency),
    CONSTRAINT fk_ledger_account_currency FOREIGN KEY (currency) REFERENCES currency (code)
);

CREATE TABLE ledger_txn (
    id BIGSERIAL NOT NULL,
    idem_key TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    kind TEXT NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    posted_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    stripe_object TEXT,
    stripe_event TEXT,
    order_ref TEXT,
    reverses BIGINT,
    meta JSONB NOT NULL,
    xact XID8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT pk_ledger_txn PRIMARY KEY (id),
    CONSTRAINT uq_ledger_txn_idem_key UNIQUE (idem_key),
    CONSTRAINT fk_ledger_txn_reverses FOREIGN KEY (reverses) REFERENCES ledger_txn (id)
);

CREATE INDEX ix_ledger_txn_order_ref ON ledger_txn (order_ref);

CREATE TABLE ledger_entry (
    txn_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    bt_id TEXT,
    CONSTRAINT pk_ledger_entry PRIMARY KEY (txn_id, seq),
    CONSTRAINT fk_ledger_entry_txn_id FOREIGN KEY (txn_id) REFERENCES ledger_txn (id),
    CONSTRAINT fk_ledger_entry_account_id_currency
        FOREIGN KEY (account_id, currency) REFERENCES ledger_account (id, currency),
    CONSTRAINT uq_ledger_entry_bt_id_account_id UNIQUE (bt_id, account_id),
    CONSTRAINT ck_ledger_entry_amount CHECK (amount <> 0)
);

CREATE INDEX ix_ledger_entry_account_id_txn_id ON ledger_entry (account_id, txn_id) INCLUDE (amount);

CREATE TABLE ledger_balance (
    account_id BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT pk_ledger_balance PRIMARY KEY (account_id),
    CONSTRAINT fk_ledger_balance_account_id FOREIGN KEY (account_id) REFERENCES ledger_account (id)
);
