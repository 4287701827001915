"""When a card's bank warned of fraud; how often a transfer was refused."""

from polidat.db.migrations.run import run_sql

revision = "0016"
down_revision = "0015"

_SQL = """
ALTER TABLE charge ADD COLUMN warned_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE transfer ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;
"""


def upgrade() -> None:
    run_sql(_SQL)
