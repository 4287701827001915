"""Licences that are all for others, and grants by which only others read."""

from polidat.db.migrations.run import run_sql

revision = "0047"
down_revision = "0044"

_SQL = """
ALTER TABLE entitlement ADD COLUMN opens BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE order_line ADD COLUMN for_others BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE cart_item ADD COLUMN for_others BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE seat DROP CONSTRAINT ck_seat_place;
ALTER TABLE seat ADD CONSTRAINT ck_seat_place CHECK (place >= 1);
"""


def upgrade() -> None:
    run_sql(_SQL)
