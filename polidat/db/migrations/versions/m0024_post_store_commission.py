"""A store's own rate is a commission rule."""

from polidat.db.migrations.run import run_sql

revision = "0024"
down_revision = "0023"

_SQL = """
ALTER TABLE store DROP COLUMN commission_bps;
"""


def upgrade() -> None:
    run_sql(_SQL)
