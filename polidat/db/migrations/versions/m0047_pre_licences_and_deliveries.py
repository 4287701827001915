"""Licences that are all for others, grants by which only others read, and several ways to send a good."""

from polidat.db.migrations.run import run_sql

revision = "0047"
down_revision = "0044"

_SQL = """
ALTER TABLE entitlement ADD COLUMN opens BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE order_line ADD COLUMN for_others BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE cart_item ADD COLUMN for_others BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE seat DROP CONSTRAINT ck_seat_place;
ALTER TABLE seat ADD CONSTRAINT ck_seat_place CHECK (place >= 1);

ALTER TABLE listing_shipping ADD COLUMN deliveries JSONB NOT NULL DEFAULT '[]';
ALTER TABLE listing_shipping ALTER COLUMN price_minor SET DEFAULT 0;
ALTER TABLE listing_shipping ALTER COLUMN countries SET DEFAULT '[]';
ALTER TABLE cart_item ADD COLUMN delivery TEXT NOT NULL DEFAULT '';
ALTER TABLE shipment ADD COLUMN delivery TEXT NOT NULL DEFAULT '';
ALTER TABLE shipment ADD COLUMN days_from BIGINT;
ALTER TABLE shipment ADD COLUMN days_to BIGINT;
ALTER TABLE payment ADD COLUMN ship_name TEXT NOT NULL DEFAULT '';
ALTER TABLE payment ADD COLUMN ship_days_from BIGINT;
ALTER TABLE payment ADD COLUMN ship_days_to BIGINT;
"""


def upgrade() -> None:
    run_sql(_SQL)
