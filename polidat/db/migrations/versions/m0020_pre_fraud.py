"""Fraud rules as data, and what they find."""

from polidat.db.migrations.run import run_sql

revision = "0020"
down_revision = "0019"

_SQL = """
CREATE TABLE fraud_rule (
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    version BIGINT NOT NULL,
    window_s BIGINT NOT NULL,
    threshold BIGINT NOT NULL,
    action TEXT NOT NULL,
    mode TEXT NOT NULL,
    CONSTRAINT pk_fraud_rule PRIMARY KEY (code),
    CONSTRAINT ck_fraud_rule_mode CHECK (mode in ('off', 'shadow', 'active'))
);

CREATE TABLE fraud_finding (
    id BIGSERIAL NOT NULL,
    rule_code TEXT NOT NULL,
    rule_version BIGINT NOT NULL,
    subject TEXT NOT NULL,
    person_id BIGINT,
    inputs JSONB NOT NULL,
    action TEXT NOT NULL,
    mode TEXT NOT NULL,
    state TEXT NOT NULL,
    found_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by BIGINT,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_fraud_finding PRIMARY KEY (id),
    CONSTRAINT uq_fraud_finding_rule_code_subject UNIQUE (rule_code, subject),
    CONSTRAINT fk_fraud_finding_rule_code FOREIGN KEY(rule_code) REFERENCES fraud_rule (code),
    CONSTRAINT fk_fraud_finding_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_fraud_finding_decided_by FOREIGN KEY(decided_by) REFERENCES person (id)
);

CREATE INDEX ix_fraud_finding_open ON fraud_finding (found_at) WHERE state = 'open';

CREATE INDEX ix_fraud_finding_person_id_found_at ON fraud_finding (person_id, found_at);

INSERT INTO fraud_rule (code, title, version, window_s, threshold, action, mode) VALUES
    ('F1', 'A buyer pays very often', 1, 600, 6, 'hold', 'shadow'),
    ('F2', 'Many cards of one buyer are declined', 1, 600, 5, 'refuse', 'active'),
    ('F4', 'Somebody buys from themselves under another address', 1, 0, 0, 'refuse', 'active'),
    ('F5', 'A seller sells mostly to accounts of that day, in thousandths', 1, 7776000, 600, 'review', 'shadow'),
    ('F6', 'A price is far from those of its category, in deviations', 1, 0, 4, 'review', 'shadow'),
    ('F7', 'The first sales of a seller', 1, 0, 10, 'review', 'off'),
    ('F8', 'A buyer gives much back, in thousandths', 1, 7776000, 300, 'review', 'shadow'),
    ('F9', 'Much of a seller is disputed, in thousandths', 1, 7776000, 10, 'review', 'shadow'),
    ('F10', 'A card''s bank warns of fraud', 1, 0, 0, 'review', 'active'),
    ('F12', 'An order was paid twice', 1, 0, 0, 'review', 'active'),
    ('F14', 'A payment does not fit its order', 1, 0, 0, 'review', 'active');
"""


def upgrade() -> None:
    run_sql(_SQL)
