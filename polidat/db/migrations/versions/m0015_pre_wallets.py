"""Wallets: credit, what runs reserve and cost, prices of single uses, and paying in."""

from polidat.db.migrations.run import run_sql

revision = "0015"
down_revision = "0014"

_SQL = """
CREATE TABLE wallet (
    id BIGSERIAL NOT NULL,
    person_id BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    balance_micros BIGINT NOT NULL,
    held_micros BIGINT NOT NULL,
    spent_micros BIGINT NOT NULL,
    spent_month DATE,
    cap_minor BIGINT,
    notice_minor BIGINT NOT NULL,
    is_noticed BOOLEAN NOT NULL,
    moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_wallet PRIMARY KEY (id),
    CONSTRAINT uq_wallet_person_id_currency UNIQUE (person_id, currency),
    CONSTRAINT ck_wallet_never_short CHECK (held_micros >= 0 and balance_micros >= held_micros),
    CONSTRAINT fk_wallet_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE wallet_hold (
    key TEXT NOT NULL,
    wallet_id BIGINT NOT NULL,
    dataset_id BIGINT NOT NULL,
    seller_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    share_bps BIGINT NOT NULL,
    micros BIGINT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_wallet_hold PRIMARY KEY (key),
    CONSTRAINT fk_wallet_hold_wallet_id FOREIGN KEY(wallet_id) REFERENCES wallet (id),
    CONSTRAINT fk_wallet_hold_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id),
    CONSTRAINT fk_wallet_hold_seller_id FOREIGN KEY(seller_id) REFERENCES person (id)
);

CREATE INDEX ix_wallet_hold_expires_at ON wallet_hold (expires_at);

CREATE INDEX ix_wallet_hold_wallet_id ON wallet_hold (wallet_id);

CREATE TABLE usage_charge (
    key TEXT NOT NULL,
    wallet_id BIGINT NOT NULL,
    dataset_id BIGINT NOT NULL,
    seller_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    micros BIGINT NOT NULL,
    charged_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_usage_charge PRIMARY KEY (key),
    CONSTRAINT fk_usage_charge_wallet_id FOREIGN KEY(wallet_id) REFERENCES wallet (id),
    CONSTRAINT fk_usage_charge_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id),
    CONSTRAINT fk_usage_charge_seller_id FOREIGN KEY(seller_id) REFERENCES person (id)
);

CREATE INDEX ix_usage_charge_seller_id_charged_at ON usage_charge (seller_id, charged_at);

CREATE INDEX ix_usage_charge_wallet_id_charged_at ON usage_charge (wallet_id, charged_at);

CREATE TABLE usage_sum (
    wallet_id BIGINT NOT NULL,
    seller_id BIGINT NOT NULL,
    share_bps BIGINT NOT NULL,
    micros BIGINT NOT NULL,
    posted_minor BIGINT NOT NULL,
    seller_minor BIGINT NOT NULL,
    CONSTRAINT pk_usage_sum PRIMARY KEY (wallet_id, seller_id, share_bps),
    CONSTRAINT fk_usage_sum_wallet_id FOREIGN KEY(wallet_id) REFERENCES wallet (id),
    CONSTRAINT fk_usage_sum_seller_id FOREIGN KEY(seller_id) REFERENCES person (id)
);

CREATE TABLE usage_price (
    listing_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    micros BIGINT NOT NULL,
    CONSTRAINT pk_usage_price PRIMARY KEY (listing_id, kind),
    CONSTRAINT ck_usage_price_micros CHECK (micros > 0),
    CONSTRAINT fk_usage_price_listing_id FOREIGN KEY(listing_id) REFERENCES listing (id)
);

CREATE TABLE top_up (
    id BIGSERIAL NOT NULL,
    public_id TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE,
    paid_charge TEXT,
    CONSTRAINT pk_top_up PRIMARY KEY (id),
    CONSTRAINT uq_top_up_person_id_key UNIQUE (person_id, key),
    CONSTRAINT uq_top_up_public_id UNIQUE (public_id),
    CONSTRAINT fk_top_up_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE top_up_refund (
    refund_ref TEXT NOT NULL,
    top_up_id BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    CONSTRAINT pk_top_up_refund PRIMARY KEY (refund_ref),
    CONSTRAINT fk_top_up_refund_refund_ref FOREIGN KEY(refund_ref) REFERENCES refund (public_id),
    CONSTRAINT fk_top_up_refund_top_up_id FOREIGN KEY(top_up_id) REFERENCES top_up (id)
);

CREATE INDEX ix_top_up_refund_top_up_id ON top_up_refund (top_up_id);

CREATE TABLE usage_payout (
    seller_id BIGINT NOT NULL,
    currency TEXT NOT NULL,
    planned_minor BIGINT NOT NULL,
    CONSTRAINT pk_usage_payout PRIMARY KEY (seller_id, currency),
    CONSTRAINT fk_usage_payout_seller_id FOREIGN KEY(seller_id) REFERENCES person (id)
);

ALTER TABLE transfer ALTER COLUMN charge_id DROP NOT NULL;
ALTER TABLE listing DROP CONSTRAINT ck_listing_published_has_price;
REVOKE UPDATE, DELETE ON usage_charge FROM polidat_app;
"""


def upgrade() -> None:
    run_sql(_SQL)
