"""What is reconciled beside movements: sellers' movements, automatic payouts, accounts of the books."""

from polidat.db.migrations.run import run_sql

revision = "0023"
down_revision = "0022"

_SQL = """
CREATE TABLE seller_bt (
    id TEXT NOT NULL,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    category TEXT NOT NULL,
    source TEXT,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    net_minor BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    available_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT NOT NULL,
    payout_id TEXT,
    CONSTRAINT pk_seller_bt PRIMARY KEY (id)
);

CREATE INDEX ix_seller_bt_source ON seller_bt (source);
CREATE INDEX ix_seller_bt_account_created_at ON seller_bt (account, created_at);

ALTER TABLE payout ADD COLUMN is_automatic BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE payout ADD COLUMN is_complete BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE payout ADD COLUMN movement_id TEXT;
ALTER TABLE payout ADD COLUMN checked_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE discrepancy ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE discrepancy ADD COLUMN repair_id BIGINT;
ALTER TABLE discrepancy ADD CONSTRAINT fk_discrepancy_repair_id FOREIGN KEY (repair_id) REFERENCES ledger_txn (id);
"""


def upgrade() -> None:
    run_sql(_SQL)
