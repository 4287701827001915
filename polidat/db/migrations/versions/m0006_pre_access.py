"""Entitlements and metering."""

from polidat.db.migrations.run import run_sql

revision = "0006"
down_revision = "0005"

_SQL = """
CREATE TABLE entitlement (
    id BIGSERIAL NOT NULL,
    dataset_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    order_line TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    granted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_entitlement PRIMARY KEY (id),
    CONSTRAINT fk_entitlement_dataset_id FOREIGN KEY (dataset_id) REFERENCES dataset (id),
    CONSTRAINT fk_entitlement_person_id FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_entitlement_order_line UNIQUE (order_line)
);

CREATE INDEX ix_entitlement_dataset_id ON entitlement (dataset_id);
CREATE INDEX ix_entitlement_person_id_dataset_id ON entitlement (person_id, dataset_id);

CREATE TABLE dataset_usage (
    id BIGSERIAL NOT NULL,
    dataset_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    scanned_rows BIGINT NOT NULL,
    scanned_bytes BIGINT NOT NULL,
    elapsed_ms BIGINT NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_dataset_usage PRIMARY KEY (id),
    CONSTRAINT fk_dataset_usage_dataset_id FOREIGN KEY (dataset_id) REFERENCES dataset (id),
    CONSTRAINT fk_dataset_usage_person_id FOREIGN KEY (person_id) REFERENCES person (id)
);

CREATE INDEX ix_dataset_usage_dataset_id_used_at ON dataset_usage (dataset_id, used_at);
CREATE INDEX ix_dataset_usage_person_id_used_at ON dataset_usage (person_id, used_at);
"""


def upgrade() -> None:
    run_sql(_SQL)
