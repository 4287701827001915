"""Payments, charges, the mirror of Stripe's movements, sellers' accounts, and the inbox of events."""

from polidat.db.migrations.run import run_sql

revision = "0008"
down_revision = "0007"

_SQL = """
CREATE TABLE payment (
    id BIGSERIAL NOT NULL,
    public_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    seller_id BIGINT NOT NULL,
    destination TEXT NOT NULL,
    items JSONB NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    fee_minor BIGINT NOT NULL,
    return_url TEXT NOT NULL,
    state TEXT NOT NULL,
    link_id TEXT,
    link_url TEXT,
    problem TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payment PRIMARY KEY (id),
    CONSTRAINT uq_payment_public_id UNIQUE (public_id),
    CONSTRAINT uq_payment_link_id UNIQUE (link_id),
    CONSTRAINT fk_payment_seller_id FOREIGN KEY (seller_id) REFERENCES person (id)
);

CREATE INDEX ix_payment_subject ON payment (subject);
CREATE UNIQUE INDEX uq_payment_open_subject ON payment (subject) WHERE state IN ('new', 'open', 'processing');

CREATE TABLE charge (
    id TEXT NOT NULL,
    payment_id BIGINT,
    intent_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    fee_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    doubt TEXT NOT NULL,
    receipt_url TEXT,
    charged_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_charge PRIMARY KEY (id),
    CONSTRAINT fk_charge_payment_id FOREIGN KEY (payment_id) REFERENCES payment (id)
);

CREATE INDEX ix_charge_payment_id ON charge (payment_id);
CREATE INDEX ix_charge_subject ON charge (subject);
CREATE INDEX ix_charge_intent_id ON charge (intent_id);

CREATE TABLE stripe_bt (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    category TEXT NOT NULL,
    source TEXT,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    net_minor BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    available_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT NOT NULL,
    CONSTRAINT pk_stripe_bt PRIMARY KEY (id)
);

CREATE INDEX ix_stripe_bt_source ON stripe_bt (source);
CREATE INDEX ix_stripe_bt_created_at ON stripe_bt (created_at);

CREATE TABLE seller_account (
    person_id BIGINT NOT NULL,
    public_id TEXT NOT NULL,
    country TEXT NOT NULL,
    stripe_id TEXT,
    state TEXT NOT NULL,
    charges_enabled BOOLEAN NOT NULL,
    payouts_enabled BOOLEAN NOT NULL,
    due JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    checked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_seller_account PRIMARY KEY (person_id),
    CONSTRAINT fk_seller_account_person_id FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_seller_account_public_id UNIQUE (public_id),
    CONSTRAINT uq_seller_account_stripe_id UNIQUE (stripe_id)
);

CREATE TABLE stripe_event (
    id TEXT NOT NULL,
    twin_id TEXT,
    endpoint TEXT NOT NULL,
    account TEXT,
    type TEXT NOT NULL,
    object_type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    intent_id TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    api_version TEXT,
    payload JSONB NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    last_problem TEXT NOT NULL,
    CONSTRAINT pk_stripe_event PRIMARY KEY (id)
);

CREATE INDEX ix_stripe_event_twin_id ON stripe_event (twin_id);
CREATE INDEX ix_stripe_event_open ON stripe_event (received_at) WHERE state IN ('received', 'failed');

CREATE TABLE stripe_sweep (
    "only" BOOLEAN NOT NULL,
    swept_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_stripe_sweep PRIMARY KEY ("only"),
    CONSTRAINT ck_stripe_sweep_only CHECK ("only")
);
"""


def upgrade() -> None:
    run_sql(_SQL)
