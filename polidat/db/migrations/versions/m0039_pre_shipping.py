"""Goods that ship: what listings say of delivery, the parcel of a line, and the address a payment came with."""

from polidat.db.migrations.run import run_sql

revision = "0039"
down_revision = "0038"

_SQL = """
CREATE TABLE listing_shipping (
    listing_id BIGINT NOT NULL,
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    countries JSONB NOT NULL,
    with_data BOOLEAN NOT NULL,
    set_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_listing_shipping PRIMARY KEY (listing_id),
    CONSTRAINT ck_listing_shipping_price CHECK (price_minor >= 0),
    CONSTRAINT fk_listing_shipping_listing_id FOREIGN KEY(listing_id) REFERENCES listing (id)
);

ALTER TABLE order_line ADD COLUMN shipping_minor BIGINT NOT NULL DEFAULT 0;

CREATE TABLE shipment (
    line_id BIGINT NOT NULL,
    countries JSONB NOT NULL,
    with_data BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    ship_to JSONB,
    carrier TEXT NOT NULL,
    tracking TEXT NOT NULL,
    why TEXT NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE,
    accepted_at TIMESTAMP WITH TIME ZONE,
    shipped_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_shipment PRIMARY KEY (line_id),
    CONSTRAINT ck_shipment_state
        CHECK (state in ('ordered', 'received', 'accepted', 'shipped', 'delivered', 'canceled')),
    CONSTRAINT fk_shipment_line_id FOREIGN KEY(line_id) REFERENCES order_line (id)
);

CREATE INDEX ix_shipment_open ON shipment (state) WHERE state in ('received', 'accepted', 'shipped');

ALTER TABLE payment ADD COLUMN ships BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE payment ADD COLUMN shipping_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN ship_countries JSONB NOT NULL DEFAULT '[]';
ALTER TABLE payment ADD COLUMN ship_to JSONB;
"""


def upgrade() -> None:
    run_sql(_SQL)
