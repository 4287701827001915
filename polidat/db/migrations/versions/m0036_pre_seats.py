"""Carts of people and of visitors, lines of several licences, and seats for whom they are."""

from polidat.db.migrations.run import run_sql

revision = "0036"
down_revision = "0035"

# what opens by a seat names it after its line, such as `ord_…:1/7`: the line's own name stays what it was
_SQL = """
CREATE TABLE cart (
    id BIGSERIAL NOT NULL,
    person_id BIGINT,
    digest TEXT,
    told TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_cart PRIMARY KEY (id),
    CONSTRAINT uq_cart_person_id UNIQUE (person_id),
    CONSTRAINT uq_cart_digest UNIQUE (digest),
    CONSTRAINT fk_cart_person_id FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT ck_cart_whose CHECK ((person_id is null) <> (digest is null))
);

CREATE INDEX ix_cart_forgotten ON cart (used_at) WHERE digest is not null;

CREATE TABLE cart_item (
    cart_id BIGINT NOT NULL,
    listing_id BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    note TEXT NOT NULL,
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_cart_item PRIMARY KEY (cart_id, listing_id),
    CONSTRAINT fk_cart_item_cart_id FOREIGN KEY (cart_id) REFERENCES cart (id),
    CONSTRAINT fk_cart_item_listing_id FOREIGN KEY (listing_id) REFERENCES listing (id),
    CONSTRAINT ck_cart_item_quantity CHECK (quantity >= 1)
);

INSERT INTO cart (person_id, told, made_at, used_at)
SELECT buyer_id, '', min(added_at), max(added_at) FROM cart_line GROUP BY buyer_id;

INSERT INTO cart_item (cart_id, listing_id, quantity, note, price_minor, currency, added_at)
SELECT cart.id, listing_id, 1, note, price_minor, currency, added_at
FROM cart_line JOIN cart ON cart.person_id = cart_line.buyer_id;

ALTER TABLE order_line ADD COLUMN quantity BIGINT NOT NULL DEFAULT 1;
ALTER TABLE order_line ADD CONSTRAINT ck_order_line_quantity CHECK (quantity >= 1);

ALTER TABLE refund_line ADD COLUMN licences BIGINT NOT NULL DEFAULT 0;

CREATE TABLE seat (
    id BIGSERIAL NOT NULL,
    order_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    place BIGINT NOT NULL,
    email TEXT NOT NULL,
    person_id BIGINT,
    acceptance_id BIGINT,
    attestation_id BIGINT,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    taken_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_seat PRIMARY KEY (id),
    CONSTRAINT fk_seat_order_id_number FOREIGN KEY (order_id, number) REFERENCES order_line (order_id, number),
    CONSTRAINT fk_seat_person_id FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT fk_seat_acceptance_id FOREIGN KEY (acceptance_id) REFERENCES licence_acceptance (id),
    CONSTRAINT fk_seat_attestation_id FOREIGN KEY (attestation_id) REFERENCES attestation (id),
    CONSTRAINT ck_seat_place CHECK (place >= 2)
);

CREATE UNIQUE INDEX uq_seat_place ON seat (order_id, number, place) WHERE ended_at is null;
CREATE UNIQUE INDEX uq_seat_email ON seat (order_id, number, email) WHERE ended_at is null;
CREATE INDEX ix_seat_email ON seat (email) WHERE ended_at is null;

ALTER TABLE entitlement ADD COLUMN paid_line TEXT NOT NULL
    GENERATED ALWAYS AS (split_part(order_line, '/'::text, 1)) STORED;
CREATE INDEX ix_entitlement_paid_line ON entitlement (paid_line);
"""


def upgrade() -> None:
    run_sql(_SQL)
