"""Every limit of a fraud rule is in its row, and every version of a rule is kept."""

from polidat.db.migrations.run import run_sql

revision = "0026"
down_revision = "0025"

_SQL = """
ALTER TABLE fraud_rule ADD COLUMN limits JSONB DEFAULT '{}' NOT NULL;

UPDATE fraud_rule SET limits = '{"locked_s": 3600}' WHERE code = 'F2';
UPDATE fraud_rule SET limits = '{"sales_min": 5, "first_day_min": 1}' WHERE code = 'F5';
UPDATE fraud_rule SET limits = '{"others_min": 8}' WHERE code = 'F6';
UPDATE fraud_rule SET limits = '{"orders_min": 3, "refunds_min": 3}' WHERE code = 'F8';
UPDATE fraud_rule SET limits = '{"sales_min": 25, "disputes_min": 3}' WHERE code = 'F9';
UPDATE fraud_rule SET threshold = 900, limits = '{"dispute_fee_major": 15}' WHERE code = 'F10';

CREATE TABLE fraud_rule_version (
    code TEXT NOT NULL,
    version BIGINT NOT NULL,
    window_s BIGINT NOT NULL,
    threshold BIGINT NOT NULL,
    action TEXT NOT NULL,
    mode TEXT NOT NULL,
    limits JSONB NOT NULL,
    changed_by BIGINT,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_fraud_rule_version PRIMARY KEY (code, version),
    CONSTRAINT fk_fraud_rule_version_code FOREIGN KEY(code) REFERENCES fraud_rule (code),
    CONSTRAINT fk_fraud_rule_version_changed_by FOREIGN KEY(changed_by) REFERENCES person (id)
);

INSERT INTO fraud_rule_version (code, version, window_s, threshold, action, mode, limits)
    SELECT code, version, window_s, threshold, action, mode, limits FROM fraud_rule;

REVOKE UPDATE, DELETE ON fraud_rule_version FROM polidat_app;
"""


def upgrade() -> None:
    run_sql(_SQL)
