"""Datasets, uploads, versions, tables."""

from polidat.db.migrations.run import run_sql

revision = "0004"
down_revision = "0003"

_SQL = """
CREATE TABLE dataset (
    id BIGSERIAL NOT NULL,
    owner_id BIGINT NOT NULL,
    store TEXT NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    suite JSONB,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    current_version_id BIGINT,
    CONSTRAINT pk_dataset PRIMARY KEY (id),
    CONSTRAINT uq_dataset_store_slug UNIQUE (store, slug),
    CONSTRAINT fk_dataset_owner_id FOREIGN KEY(owner_id) REFERENCES person (id)
);

CREATE INDEX ix_dataset_owner_id ON dataset (owner_id);

CREATE TABLE upload (
    id BIGSERIAL NOT NULL,
    public_id TEXT NOT NULL,
    dataset_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    file_names JSONB NOT NULL,
    bytes BIGINT NOT NULL,
    digest TEXT NOT NULL,
    state TEXT NOT NULL,
    problem TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_upload PRIMARY KEY (id),
    CONSTRAINT uq_upload_public_id UNIQUE (public_id),
    CONSTRAINT fk_upload_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id),
    CONSTRAINT fk_upload_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE INDEX ix_upload_dataset_id ON upload (dataset_id);

CREATE TABLE dataset_version (
    id BIGSERIAL NOT NULL,
    dataset_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    upload_id BIGINT,
    kind TEXT NOT NULL,
    rows BIGINT NOT NULL,
    rejected_rows BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    is_blocked BOOLEAN NOT NULL,
    reading JSONB NOT NULL,
    validation JSONB NOT NULL,
    committed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_dataset_version PRIMARY KEY (id),
    CONSTRAINT uq_dataset_version_dataset_id_number UNIQUE (dataset_id, number),
    CONSTRAINT fk_dataset_version_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id),
    CONSTRAINT uq_dataset_version_upload_id UNIQUE (upload_id),
    CONSTRAINT fk_dataset_version_upload_id FOREIGN KEY(upload_id) REFERENCES upload (id)
);

CREATE TABLE version_table (
    id BIGSERIAL NOT NULL,
    version_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    delta_path TEXT NOT NULL,
    delta_version BIGINT NOT NULL,
    files JSONB NOT NULL,
    rows BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    columns JSONB NOT NULL,
    profile JSONB NOT NULL,
    hidden BOOLEAN NOT NULL,
    CONSTRAINT pk_version_table PRIMARY KEY (id),
    CONSTRAINT uq_version_table_version_id_name UNIQUE (version_id, name),
    CONSTRAINT fk_version_table_version_id FOREIGN KEY(version_id) REFERENCES dataset_version (id)
);

ALTER TABLE dataset ADD CONSTRAINT fk_dataset_current_version_id
    FOREIGN KEY(current_version_id) REFERENCES dataset_version (id);
"""


def upgrade() -> None:
    run_sql(_SQL)
