"""Orders and their lines."""

from polidat.db.migrations.run import run_sql

revision = "0009"
down_revision = "0008"

_SQL = """
CREATE TABLE customer_order (
    id BIGSERIAL NOT NULL,
    public_id TEXT NOT NULL,
    buyer_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    alert TEXT NOT NULL,
    problem TEXT NOT NULL,
    placed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    payable_until TIMESTAMP WITH TIME ZONE NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE,
    paid_charge TEXT,
    CONSTRAINT pk_customer_order PRIMARY KEY (id),
    CONSTRAINT uq_customer_order_public_id UNIQUE (public_id),
    CONSTRAINT uq_customer_order_buyer_id_key UNIQUE (buyer_id, key),
    CONSTRAINT fk_customer_order_buyer_id FOREIGN KEY (buyer_id) REFERENCES person (id)
);

CREATE INDEX ix_customer_order_payable ON customer_order (payable_until) WHERE state = 'awaiting_payment';
CREATE INDEX ix_customer_order_alert ON customer_order (id) WHERE alert <> '';

CREATE TABLE order_line (
    id BIGSERIAL NOT NULL,
    order_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    listing_id BIGINT NOT NULL,
    dataset_id BIGINT NOT NULL,
    seller_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    commission_bps BIGINT NOT NULL,
    commission_minor BIGINT NOT NULL,
    CONSTRAINT pk_order_line PRIMARY KEY (id),
    CONSTRAINT uq_order_line_order_id_number UNIQUE (order_id, number),
    CONSTRAINT fk_order_line_order_id FOREIGN KEY (order_id) REFERENCES customer_order (id),
    CONSTRAINT fk_order_line_listing_id FOREIGN KEY (listing_id) REFERENCES listing (id),
    CONSTRAINT fk_order_line_dataset_id FOREIGN KEY (dataset_id) REFERENCES dataset (id),
    CONSTRAINT fk_order_line_seller_id FOREIGN KEY (seller_id) REFERENCES person (id)
);

CREATE INDEX ix_order_line_seller_id ON order_line (seller_id);
CREATE INDEX ix_order_line_listing_id ON order_line (listing_id);
"""


def upgrade() -> None:
    run_sql(_SQL)
