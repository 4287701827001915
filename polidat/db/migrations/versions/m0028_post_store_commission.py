"""A store's own rate is a commission rule."""

from polidat.db.migrations.run import run_sql

revision = "0028"
down_revision = "0027"

_SQL = """
ALTER TABLE store DROP COLUMN commission_bps;
"""


def upgrade() -> None:
    run_sql(_SQL)
