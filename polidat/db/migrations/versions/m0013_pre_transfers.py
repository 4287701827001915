"""Carts; payments that several sellers share, and what each of them is sent."""

from polidat.db.migrations.run import run_sql

revision = "0013"
down_revision = "0012"

_SQL = """
CREATE TABLE transfer (
    id BIGSERIAL NOT NULL,
    public_id TEXT NOT NULL,
    charge_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    seller_id BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    stripe_id TEXT,
    reversed_minor BIGINT NOT NULL,
    causes TEXT NOT NULL,
    problem TEXT NOT NULL,
    planned_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_transfer PRIMARY KEY (id),
    CONSTRAINT uq_transfer_public_id UNIQUE (public_id),
    CONSTRAINT fk_transfer_charge_id FOREIGN KEY(charge_id) REFERENCES charge (id),
    CONSTRAINT fk_transfer_seller_id FOREIGN KEY(seller_id) REFERENCES person (id),
    CONSTRAINT uq_transfer_stripe_id UNIQUE (stripe_id)
);

CREATE INDEX ix_transfer_charge_id ON transfer (charge_id);

CREATE INDEX ix_transfer_seller_id ON transfer (seller_id);

CREATE INDEX ix_transfer_subject ON transfer (subject);

ALTER TABLE payment ALTER COLUMN seller_id DROP NOT NULL;
ALTER TABLE payment ALTER COLUMN destination DROP NOT NULL;

CREATE TABLE cart_line (
    buyer_id BIGINT NOT NULL,
    listing_id BIGINT NOT NULL,
    note TEXT NOT NULL,
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_cart_line PRIMARY KEY (buyer_id, listing_id),
    CONSTRAINT fk_cart_line_buyer_id FOREIGN KEY (buyer_id) REFERENCES person (id),
    CONSTRAINT fk_cart_line_listing_id FOREIGN KEY (listing_id) REFERENCES listing (id)
);

ALTER TABLE order_line ADD COLUMN note TEXT NOT NULL DEFAULT '';
"""


def upgrade() -> None:
    run_sql(_SQL)
