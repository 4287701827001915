"""What freezes a wallet, cause by cause."""

from polidat.db.migrations.run import run_sql

revision = "0032"
down_revision = "0031"

_SQL = """
CREATE TABLE wallet_freeze (
    wallet_id BIGINT NOT NULL,
    cause TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_wallet_freeze PRIMARY KEY (wallet_id, cause),
    CONSTRAINT fk_wallet_freeze_wallet_id FOREIGN KEY(wallet_id) REFERENCES wallet (id)
);

-- One won dispute could thaw a wallet over which another is open: those are frozen again.
INSERT INTO wallet_freeze
    SELECT w.id, 'dispute:' || d.id, d.opened_at FROM wallet w
    JOIN top_up t ON t.person_id = w.person_id AND t.currency = w.currency
    JOIN dispute d ON d.charge_id = t.paid_charge AND d.closed_at IS NULL AND d.withdrawn_minor > 0;

INSERT INTO wallet_freeze
    SELECT w.id, 'debt', w.moved_at FROM wallet w
    JOIN ledger_account a ON a.code = 'A:buyer_recv:' || w.person_id AND a.currency = w.currency
    WHERE (SELECT sum(e.amount) FROM ledger_entry e WHERE e.account_id = a.id) > 0;

UPDATE wallet SET state = CASE WHEN EXISTS (SELECT FROM wallet_freeze f WHERE f.wallet_id = wallet.id)
    THEN 'frozen' ELSE 'active' END;
"""


def upgrade() -> None:
    run_sql(_SQL)
