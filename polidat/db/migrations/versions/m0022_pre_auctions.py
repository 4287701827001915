"""Money held on cards, and auctions with their bids."""

from polidat.db.migrations.run import run_sql

revision = "0022"
down_revision = "0021"

_SQL = """
ALTER TABLE payment ADD COLUMN is_hold BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE payment ADD COLUMN intent_id TEXT;
ALTER TABLE payment ADD COLUMN held_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE payment ADD COLUMN capture_minor BIGINT;

CREATE TABLE auction (
    id BIGSERIAL NOT NULL,
    public_id TEXT NOT NULL,
    listing_id BIGINT NOT NULL,
    seller_id BIGINT NOT NULL,
    currency TEXT NOT NULL,
    start_minor BIGINT NOT NULL,
    reserve_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    hard_end TIMESTAMP WITH TIME ZONE NOT NULL,
    price_minor BIGINT NOT NULL,
    leader_id BIGINT,
    leading_bid BIGINT,
    bids BIGINT NOT NULL,
    CONSTRAINT pk_auction PRIMARY KEY (id),
    CONSTRAINT uq_auction_public_id UNIQUE (public_id),
    CONSTRAINT fk_auction_listing_id FOREIGN KEY(listing_id) REFERENCES listing (id),
    CONSTRAINT fk_auction_seller_id FOREIGN KEY(seller_id) REFERENCES person (id),
    CONSTRAINT fk_auction_leader_id FOREIGN KEY(leader_id) REFERENCES person (id)
);

CREATE UNIQUE INDEX uq_auction_open_listing ON auction (listing_id) WHERE state = 'open';
CREATE INDEX ix_auction_ends ON auction (ends_at) WHERE state = 'open';
CREATE INDEX ix_auction_seller_id ON auction (seller_id);

CREATE TABLE bid (
    id BIGSERIAL NOT NULL,
    auction_id BIGINT NOT NULL,
    bidder_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    maximum_minor BIGINT NOT NULL,
    order_ref TEXT,
    state TEXT NOT NULL,
    placed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    counted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_bid PRIMARY KEY (id),
    CONSTRAINT uq_bid_bidder_id_key UNIQUE (bidder_id, key),
    CONSTRAINT uq_bid_order_ref UNIQUE (order_ref),
    CONSTRAINT fk_bid_auction_id FOREIGN KEY(auction_id) REFERENCES auction (id),
    CONSTRAINT fk_bid_bidder_id FOREIGN KEY(bidder_id) REFERENCES person (id)
);

CREATE INDEX ix_bid_auction_id ON bid (auction_id);
"""


def upgrade() -> None:
    run_sql(_SQL)
