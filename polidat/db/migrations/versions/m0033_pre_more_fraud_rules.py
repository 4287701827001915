"""The least price, unusual use and payouts to a new bank account as fraud rules; what lets API keys rest."""

from polidat.db.migrations.run import run_sql

revision = "0033"
down_revision = "0032"

_SQL = """

CREATE INDEX ix_dataset_usage_used_at ON dataset_usage (used_at);

CREATE TABLE api_key_hold (
    person_id BIGINT NOT NULL,
    cause TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_api_key_hold PRIMARY KEY (person_id, cause),
    CONSTRAINT fk_api_key_hold_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE INDEX ix_api_key_hold_cause ON api_key_hold (cause);

INSERT INTO fraud_rule (code, title, version, window_s, threshold, action, mode, limits) VALUES
    ('F3', 'Something costs less than the least price', 1, 0, 100, 'refuse', 'active', '{}'),
    ('F11', 'Somebody reads unusually much', 1, 3600, 600, 'hold', 'shadow',
        '{"downloads_min": 30, "million_rows_min": 500}'),
    ('F13', 'A payout is asked for soon after the bank account changed', 1, 259200, 500, 'refuse', 'shadow', '{}');

INSERT INTO fraud_rule_version (code, version, window_s, threshold, action, mode, limits)
    SELECT code, version, window_s, threshold, action, mode, limits FROM fraud_rule WHERE code IN ('F3', 'F11', 'F13');
"""


def upgrade() -> None:
    run_sql(_SQL)
