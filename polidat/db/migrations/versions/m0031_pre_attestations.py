"""What listings ask their buyers, and what was answered."""

from polidat.db.migrations.run import run_sql

revision = "0031"
down_revision = "0030"

_SQL = """
CREATE TABLE listing_asking (
    listing_id BIGINT NOT NULL,
    countries JSONB NOT NULL,
    purposes JSONB NOT NULL,
    by_seller BOOLEAN NOT NULL,
    set_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_listing_asking PRIMARY KEY (listing_id),
    CONSTRAINT fk_listing_asking_listing_id FOREIGN KEY(listing_id) REFERENCES listing (id)
);

CREATE TABLE attestation (
    id BIGSERIAL NOT NULL,
    listing_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    who TEXT NOT NULL,
    country TEXT NOT NULL,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    decided_at TIMESTAMP WITH TIME ZONE,
    decided_by BIGINT,
    CONSTRAINT pk_attestation PRIMARY KEY (id),
    CONSTRAINT ck_attestation_state CHECK (state in ('waiting', 'approved', 'refused', 'lapsed')),
    CONSTRAINT fk_attestation_listing_id FOREIGN KEY(listing_id) REFERENCES listing (id),
    CONSTRAINT fk_attestation_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_attestation_decided_by FOREIGN KEY(decided_by) REFERENCES person (id)
);

CREATE INDEX ix_attestation_listing_id ON attestation (listing_id);
CREATE INDEX ix_attestation_person_id_listing_id ON attestation (person_id, listing_id);
CREATE INDEX ix_attestation_due ON attestation (due_at) WHERE state = 'waiting';

ALTER TABLE order_line ADD COLUMN attestation_id BIGINT;
ALTER TABLE order_line ADD CONSTRAINT fk_order_line_attestation_id
    FOREIGN KEY (attestation_id) REFERENCES attestation (id);
CREATE INDEX ix_order_line_attestation_id ON order_line (attestation_id);
ALTER TABLE subscription ADD COLUMN attestation_id BIGINT;
ALTER TABLE subscription ADD CONSTRAINT fk_subscription_attestation_id
    FOREIGN KEY (attestation_id) REFERENCES attestation (id);
"""


def upgrade() -> None:
    run_sql(_SQL)
