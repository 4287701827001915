"""Stores and listings."""

from polidat.db.migrations.run import run_sql

revision = "0007"
down_revision = "0006"

_SQL = """
CREATE TABLE store (
    id BIGSERIAL NOT NULL,
    owner_id BIGINT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    tagline TEXT NOT NULL,
    description TEXT NOT NULL,
    primary_color TEXT NOT NULL,
    secondary_color TEXT NOT NULL,
    commission_bps BIGINT,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_store PRIMARY KEY (id),
    CONSTRAINT fk_store_owner_id FOREIGN KEY(owner_id) REFERENCES person (id),
    CONSTRAINT uq_store_slug UNIQUE (slug)
);

CREATE INDEX ix_store_owner_id ON store (owner_id);

CREATE TABLE listing (
    id BIGSERIAL NOT NULL,
    store_id BIGINT NOT NULL,
    dataset_id BIGINT NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    description TEXT NOT NULL,
    licence TEXT NOT NULL,
    attribution TEXT NOT NULL,
    category TEXT NOT NULL,
    tags JSONB NOT NULL,
    price_minor BIGINT,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    searched TSVECTOR GENERATED ALWAYS AS (setweight(to_tsvector('english', title), 'A')
        || setweight(to_tsvector('english', summary), 'B')
        || setweight(to_tsvector('english', tags), 'B')
        || setweight(to_tsvector('english', description), 'C')) STORED NOT NULL,
    CONSTRAINT pk_listing PRIMARY KEY (id),
    CONSTRAINT ck_listing_price CHECK (price_minor >= 0),
    CONSTRAINT ck_listing_published_has_price CHECK (state <> 'published' or price_minor is not null),
    CONSTRAINT fk_listing_store_id FOREIGN KEY(store_id) REFERENCES store (id),
    CONSTRAINT uq_listing_dataset_id UNIQUE (dataset_id),
    CONSTRAINT fk_listing_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id),
    CONSTRAINT uq_listing_slug UNIQUE (slug)
);

CREATE INDEX ix_listing_searched ON listing USING gin (searched);

CREATE INDEX ix_listing_store_id ON listing (store_id);

"""


def upgrade() -> None:
    run_sql(_SQL)
