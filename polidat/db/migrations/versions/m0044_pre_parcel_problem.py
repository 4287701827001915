"""What keeps a parcel from its end, as the operators were told."""

from polidat.db.migrations.run import run_sql

revision = "0044"
down_revision = "0043"

_SQL = """
ALTER TABLE shipment ADD COLUMN problem TEXT NOT NULL DEFAULT '';
"""


def upgrade() -> None:
    run_sql(_SQL)
