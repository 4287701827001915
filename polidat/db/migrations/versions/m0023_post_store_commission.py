"""A store's own rate is a commission rule."""

from polidat.db.migrations.run import run_sql

revision = "0023"
down_revision = "0022"

_SQL = """
ALTER TABLE store DROP COLUMN commission_bps;
"""


def upgrade() -> None:
    run_sql(_SQL)
