"""The chain that seals the books."""

from polidat.db.migrations.run import run_sql

revision = "0012"
down_revision = "0011"

_SQL = """
CREATE TABLE ledger_seal (
    seq BIGINT NOT NULL,
    txn_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    sealed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_ledger_seal PRIMARY KEY (seq),
    CONSTRAINT uq_ledger_seal_txn_id UNIQUE (txn_id),
    CONSTRAINT fk_ledger_seal_txn_id FOREIGN KEY (txn_id) REFERENCES ledger_txn (id)
);

CREATE TRIGGER ledger_seal_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_seal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

REVOKE ALL ON ledger_seal FROM polidat_app;
GRANT SELECT, INSERT ON ledger_seal TO polidat_app;
"""


def upgrade() -> None:
    run_sql(_SQL)
