"""Sellers' financial accounts and virtual cards at Stripe, as we saw them last. No number of either is kept."""

from polidat.db.migrations.run import run_sql

revision = "0042"
down_revision = "0041"

_SQL = """
CREATE TABLE financial_account (
    person_id BIGINT NOT NULL,
    public_id TEXT NOT NULL,
    stripe_id TEXT,
    state TEXT NOT NULL,
    currency TEXT NOT NULL,
    cash_minor BIGINT NOT NULL,
    inbound_minor BIGINT NOT NULL,
    outbound_minor BIGINT NOT NULL,
    bank_name TEXT NOT NULL,
    last4 TEXT NOT NULL,
    bank_id TEXT,
    holder_id TEXT,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    checked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_financial_account PRIMARY KEY (person_id),
    CONSTRAINT fk_financial_account_person_id FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_financial_account_public_id UNIQUE (public_id),
    CONSTRAINT uq_financial_account_stripe_id UNIQUE (stripe_id)
);

CREATE TABLE virtual_card (
    id BIGSERIAL NOT NULL,
    public_id TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    stripe_id TEXT,
    state TEXT NOT NULL,
    brand TEXT NOT NULL,
    last4 TEXT NOT NULL,
    exp_month BIGINT,
    exp_year BIGINT,
    limit_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    interval TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_virtual_card PRIMARY KEY (id),
    CONSTRAINT fk_virtual_card_person_id FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_virtual_card_public_id UNIQUE (public_id),
    CONSTRAINT uq_virtual_card_stripe_id UNIQUE (stripe_id),
    CONSTRAINT uq_virtual_card_person_id_key UNIQUE (person_id, key),
    CONSTRAINT ck_virtual_card_last4 CHECK (length(last4) <= 4)
);
"""


def upgrade() -> None:
    run_sql(_SQL)
