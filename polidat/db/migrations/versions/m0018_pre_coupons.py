"""Coupons, discounts on order lines, and who bears the commission of a refund."""

from polidat.db.migrations.run import run_sql

revision = "0018"
down_revision = "0017"

_SQL = """
CREATE TABLE coupon (
    id BIGSERIAL NOT NULL,
    store_id BIGINT NOT NULL,
    listing_id BIGINT,
    code TEXT NOT NULL,
    percent_bps BIGINT,
    amount_minor BIGINT,
    currency TEXT NOT NULL,
    uses BIGINT NOT NULL,
    uses_max BIGINT,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_coupon PRIMARY KEY (id),
    CONSTRAINT uq_coupon_store_id_code UNIQUE (store_id, code),
    CONSTRAINT ck_coupon_one_kind CHECK ((percent_bps is null) <> (amount_minor is null)),
    CONSTRAINT ck_coupon_uses CHECK (uses >= 0 and (uses_max is null or uses <= uses_max)),
    CONSTRAINT fk_coupon_store_id FOREIGN KEY(store_id) REFERENCES store (id),
    CONSTRAINT fk_coupon_listing_id FOREIGN KEY(listing_id) REFERENCES listing (id)
);

CREATE TABLE coupon_use (
    coupon_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_coupon_use PRIMARY KEY (coupon_id, person_id),
    CONSTRAINT fk_coupon_use_coupon_id FOREIGN KEY(coupon_id) REFERENCES coupon (id),
    CONSTRAINT fk_coupon_use_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

ALTER TABLE customer_order ADD COLUMN coupon_id BIGINT;
ALTER TABLE customer_order ADD CONSTRAINT fk_customer_order_coupon_id FOREIGN KEY (coupon_id) REFERENCES coupon (id);
ALTER TABLE order_line ADD COLUMN discount_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_line ADD COLUMN keeps_fee BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE store ADD COLUMN keeps_fee BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE refund ADD COLUMN keeps_fee BOOLEAN NOT NULL DEFAULT false;
"""


def upgrade() -> None:
    run_sql(_SQL)
