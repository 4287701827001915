"""Differences between the books and Stripe, kept until somebody has settled them."""

from polidat.db.migrations.run import run_sql

revision = "0014"
down_revision = "0013"

_SQL = """
CREATE TABLE discrepancy (
    id BIGSERIAL NOT NULL,
    key TEXT NOT NULL,
    category TEXT NOT NULL,
    bt_id TEXT,
    txn_id BIGINT,
    currency TEXT NOT NULL,
    theirs_minor BIGINT,
    ours_minor BIGINT,
    moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    found_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT NOT NULL,
    note TEXT NOT NULL,
    settled_by BIGINT,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_discrepancy PRIMARY KEY (id),
    CONSTRAINT uq_discrepancy_key UNIQUE (key),
    CONSTRAINT fk_discrepancy_txn_id FOREIGN KEY(txn_id) REFERENCES ledger_txn (id),
    CONSTRAINT fk_discrepancy_settled_by FOREIGN KEY(settled_by) REFERENCES person (id)
);

CREATE INDEX ix_discrepancy_open ON discrepancy (found_at) WHERE state = 'open';
"""


def upgrade() -> None:
    run_sql(_SQL)
