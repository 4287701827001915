"""Subscriptions to data and to hosting; plans; storefronts that are hidden."""

from polidat.db.migrations.run import run_sql

revision = "0017"
down_revision = "0016"

_SQL = """
CREATE TABLE billing (
    subject TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    seller_id BIGINT,
    destination TEXT,
    title TEXT NOT NULL,
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    interval TEXT NOT NULL,
    trial_days BIGINT NOT NULL,
    fee_bps BIGINT NOT NULL,
    return_url TEXT NOT NULL,
    state TEXT NOT NULL,
    link_id TEXT,
    link_url TEXT,
    stripe_id TEXT,
    customer_id TEXT,
    period_end TIMESTAMP WITH TIME ZONE,
    ends_with_period BOOLEAN NOT NULL,
    past_due_since TIMESTAMP WITH TIME ZONE,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_billing PRIMARY KEY (subject),
    CONSTRAINT fk_billing_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_billing_seller_id FOREIGN KEY(seller_id) REFERENCES person (id),
    CONSTRAINT uq_billing_link_id UNIQUE (link_id),
    CONSTRAINT uq_billing_stripe_id UNIQUE (stripe_id)
);

CREATE TABLE plan (
    listing_id BIGINT NOT NULL,
    interval TEXT NOT NULL,
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    trial_days BIGINT NOT NULL,
    CONSTRAINT pk_plan PRIMARY KEY (listing_id, interval),
    CONSTRAINT ck_plan_price CHECK (price_minor > 0),
    CONSTRAINT fk_plan_listing_id FOREIGN KEY(listing_id) REFERENCES listing (id)
);

CREATE TABLE subscription (
    id BIGSERIAL NOT NULL,
    public_id TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    listing_id BIGINT,
    dataset_id BIGINT,
    store_id BIGINT,
    seller_id BIGINT,
    title TEXT NOT NULL,
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    interval TEXT NOT NULL,
    trial_days BIGINT NOT NULL,
    commission_bps BIGINT NOT NULL,
    state TEXT NOT NULL,
    period_end TIMESTAMP WITH TIME ZONE,
    ends_with_period BOOLEAN NOT NULL,
    past_due_since TIMESTAMP WITH TIME ZONE,
    granted_at TIMESTAMP WITH TIME ZONE,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_subscription PRIMARY KEY (id),
    CONSTRAINT uq_subscription_person_id_key UNIQUE (person_id, key),
    CONSTRAINT uq_subscription_public_id UNIQUE (public_id),
    CONSTRAINT fk_subscription_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_subscription_listing_id FOREIGN KEY(listing_id) REFERENCES listing (id),
    CONSTRAINT fk_subscription_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id),
    CONSTRAINT fk_subscription_store_id FOREIGN KEY(store_id) REFERENCES store (id),
    CONSTRAINT fk_subscription_seller_id FOREIGN KEY(seller_id) REFERENCES person (id)
);

CREATE INDEX ix_subscription_behind ON subscription (past_due_since) WHERE state = 'past_due';

CREATE INDEX ix_subscription_listing_id ON subscription (listing_id);

CREATE INDEX ix_subscription_seller_id ON subscription (seller_id);

CREATE INDEX ix_subscription_store_id ON subscription (store_id);

CREATE TABLE subscription_payment (
    charge_id TEXT NOT NULL,
    subscription_id BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    settled_minor BIGINT NOT NULL,
    seller_minor BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    recognised_minor BIGINT NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_subscription_payment PRIMARY KEY (charge_id),
    CONSTRAINT fk_subscription_payment_charge_id FOREIGN KEY(charge_id) REFERENCES charge (id),
    CONSTRAINT fk_subscription_payment_subscription_id FOREIGN KEY(subscription_id) REFERENCES subscription (id)
);

CREATE INDEX ix_subscription_payment_subscription_id ON subscription_payment (subscription_id);

ALTER TABLE store ADD COLUMN hidden_at TIMESTAMP WITH TIME ZONE;
"""


def upgrade() -> None:
    run_sql(_SQL)
