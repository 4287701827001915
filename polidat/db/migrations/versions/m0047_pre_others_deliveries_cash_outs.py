"""Licences that are all for others, grants by which only others read, several ways to send
a good, and cash that leaves financial accounts.
"""

from polidat.db.migrations.run import run_sql

revision = "0047"
down_revision = "0046"

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

CREATE TABLE cash_out (
    id BIGSERIAL NOT NULL,
    public_id TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    stripe_id TEXT,
    state TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    bank TEXT NOT NULL,
    problem TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    arrives_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_cash_out PRIMARY KEY (id),
    CONSTRAINT uq_cash_out_public_id UNIQUE (public_id),
    CONSTRAINT uq_cash_out_stripe_id UNIQUE (stripe_id),
    CONSTRAINT uq_cash_out_person_id_key UNIQUE (person_id, key),
    CONSTRAINT ck_cash_out_amount CHECK (amount_minor > 0),
    CONSTRAINT fk_cash_out_person_id FOREIGN KEY (person_id) REFERENCES person (id)
);
"""


def upgrade() -> None:
    run_sql(_SQL)
