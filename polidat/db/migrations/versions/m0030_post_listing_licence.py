"""A listing's licence is a version of its own."""

from polidat.db.migrations.run import run_sql

revision = "0030"
down_revision = "0029"

_SQL = """
ALTER TABLE listing DROP COLUMN licence;
"""


def upgrade() -> None:
    run_sql(_SQL)
