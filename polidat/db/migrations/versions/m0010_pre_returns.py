"""Money that goes back: refunds, disputes, and what of a line was refunded."""

from polidat.db.migrations.run import run_sql

revision = "0010"
down_revision = "0009"

_SQL = """
CREATE TABLE refund (
    id BIGSERIAL NOT NULL,
    public_id TEXT NOT NULL,
    charge_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    stripe_id TEXT,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    problem TEXT NOT NULL,
    reversed_minor BIGINT NOT NULL,
    fee_back_minor BIGINT NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    booked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_refund PRIMARY KEY (id),
    CONSTRAINT uq_refund_public_id UNIQUE (public_id),
    CONSTRAINT fk_refund_charge_id FOREIGN KEY(charge_id) REFERENCES charge (id),
    CONSTRAINT uq_refund_stripe_id UNIQUE (stripe_id)
);

CREATE INDEX ix_refund_charge_id ON refund (charge_id);

CREATE INDEX ix_refund_subject ON refund (subject);

CREATE TABLE dispute (
    id TEXT NOT NULL,
    charge_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    withdrawn_minor BIGINT NOT NULL,
    held_minor BIGINT NOT NULL,
    respond_by TIMESTAMP WITH TIME ZONE,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_dispute PRIMARY KEY (id),
    CONSTRAINT fk_dispute_charge_id FOREIGN KEY(charge_id) REFERENCES charge (id)
);

CREATE INDEX ix_dispute_charge_id ON dispute (charge_id);

CREATE INDEX ix_dispute_subject ON dispute (subject);

CREATE TABLE refund_line (
    refund_ref TEXT NOT NULL,
    number BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    CONSTRAINT pk_refund_line PRIMARY KEY (refund_ref, number),
    CONSTRAINT fk_refund_line_refund_ref FOREIGN KEY(refund_ref) REFERENCES refund (public_id),
    CONSTRAINT fk_refund_line_order_id FOREIGN KEY(order_id) REFERENCES customer_order (id)
);

CREATE INDEX ix_refund_line_order_id ON refund_line (order_id);

ALTER TABLE charge ADD COLUMN transfer_id TEXT;
ALTER TABLE charge ADD COLUMN settled_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE charge ADD COLUMN settled_currency TEXT NOT NULL DEFAULT '';
UPDATE charge SET settled_minor = amount_minor, settled_currency = currency WHERE state = 'settled';

ALTER TABLE order_line ADD COLUMN settled_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_line ADD COLUMN seller_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_line ADD COLUMN passed_fee_minor BIGINT NOT NULL DEFAULT 0;
UPDATE order_line SET settled_minor = price_minor, seller_minor = price_minor - commission_minor
FROM customer_order WHERE customer_order.id = order_line.order_id AND customer_order.paid_at IS NOT NULL;
"""


def upgrade() -> None:
    run_sql(_SQL)
