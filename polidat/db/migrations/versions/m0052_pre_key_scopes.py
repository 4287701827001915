"""What an API key may do, and calls that are made once."""

from polidat.db.migrations.run import run_sql

revision = "0052"
down_revision = "0051"

_SQL = """
ALTER TABLE api_key ADD COLUMN scopes JSONB NOT NULL DEFAULT '["read", "buy", "sell"]';

CREATE TABLE api_call (
    person_id BIGINT NOT NULL CONSTRAINT fk_api_call_person_id REFERENCES person (id),
    key TEXT NOT NULL,
    asked TEXT NOT NULL,
    made TEXT NOT NULL,
    called_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_api_call PRIMARY KEY (person_id, key)
);
"""


def upgrade() -> None:
    run_sql(_SQL)
