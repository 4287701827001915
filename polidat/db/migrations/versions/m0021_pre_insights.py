"""Payouts as Stripe has them, days of unusual revenue, who looks after a difference, and the books by time."""

from polidat.db.migrations.run import run_sql

revision = "0021"
down_revision = "0020"

_SQL = """
CREATE TABLE payout (
    id TEXT NOT NULL,
    seller_id BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    method TEXT NOT NULL,
    state TEXT NOT NULL,
    problem TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    arrives_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payout PRIMARY KEY (id),
    CONSTRAINT fk_payout_seller_id FOREIGN KEY(seller_id) REFERENCES person (id)
);

CREATE INDEX ix_payout_seller_id_created_at ON payout (seller_id, created_at);

CREATE TABLE revenue_alert (
    day DATE NOT NULL,
    currency TEXT NOT NULL,
    gross_minor BIGINT NOT NULL,
    usual_minor BIGINT NOT NULL,
    score_milli BIGINT NOT NULL,
    found_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_revenue_alert PRIMARY KEY (day, currency)
);

CREATE INDEX ix_ledger_txn_occurred_at ON ledger_txn (occurred_at);

ALTER TABLE discrepancy ADD COLUMN owner_id BIGINT;
ALTER TABLE discrepancy ADD CONSTRAINT fk_discrepancy_owner_id FOREIGN KEY (owner_id) REFERENCES person (id);
"""


def upgrade() -> None:
    run_sql(_SQL)
