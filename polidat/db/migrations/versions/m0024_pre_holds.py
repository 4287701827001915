"""What holds a grant, cause by cause."""

from polidat.db.migrations.run import run_sql

revision = "0024"
down_revision = "0023"

_SQL = """
CREATE TABLE entitlement_hold (
    entitlement_id BIGINT NOT NULL,
    cause TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_entitlement_hold PRIMARY KEY (entitlement_id, cause),
    CONSTRAINT fk_entitlement_hold_entitlement_id FOREIGN KEY(entitlement_id) REFERENCES entitlement (id)
);

CREATE INDEX ix_entitlement_hold_cause ON entitlement_hold (cause);

CREATE TEMPORARY TABLE resting ON COMMIT DROP AS
    SELECT id, changed_at, split_part(order_line, ':', 1) AS subject FROM entitlement WHERE state = 'suspended';

INSERT INTO entitlement_hold
    SELECT r.id, 'dispute:' || d.id, r.changed_at FROM resting r
    JOIN dispute d ON d.subject = r.subject AND d.closed_at IS NULL AND d.withdrawn_minor > 0
    UNION
    SELECT r.id, 'fraud:' || f.id, r.changed_at FROM resting r
    JOIN fraud_finding f ON f.subject = r.subject AND f.state = 'open' AND f.action = 'hold' AND f.mode = 'active'
    UNION
    SELECT r.id, 'warning:' || c.id, r.changed_at FROM resting r
    JOIN charge c ON c.subject = r.subject AND c.warned_at IS NOT NULL
    UNION
    SELECT r.id, 'grace', r.changed_at FROM resting r
    JOIN subscription s ON s.public_id = r.subject AND s.state = 'past_due';
"""


def upgrade() -> None:
    run_sql(_SQL)
