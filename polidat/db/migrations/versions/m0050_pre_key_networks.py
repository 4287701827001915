"""From which networks API keys are used, and the number F11 asks about them."""

from polidat.db.migrations.run import run_sql

revision = "0050"
down_revision = "0049"

_SQL = """
CREATE TABLE key_network (
    person_id BIGINT NOT NULL,
    network TEXT NOT NULL,
    hour TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_key_network PRIMARY KEY (person_id, network, hour),
    CONSTRAINT fk_key_network_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE INDEX ix_key_network_hour ON key_network (hour);

UPDATE fraud_rule SET version = version + 1, limits = limits || '{"networks_min": 6}' WHERE code = 'F11';

INSERT INTO fraud_rule_version (code, version, window_s, threshold, action, mode, limits)
    SELECT code, version, window_s, threshold, action, mode, limits FROM fraud_rule WHERE code = 'F11';
"""


def upgrade() -> None:
    run_sql(_SQL)
