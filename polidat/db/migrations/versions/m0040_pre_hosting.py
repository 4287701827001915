"""Hosting that is asked for, and hosting taken out of what sellers earn."""

from polidat.db.migrations.run import run_sql

revision = "0040"
down_revision = "0039"

_SQL = """
CREATE TABLE hosting_policy (
    "only" BOOLEAN NOT NULL,
    required BOOLEAN NOT NULL,
    required_since TIMESTAMP WITH TIME ZONE,
    trial_days BIGINT NOT NULL,
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    set_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_hosting_policy PRIMARY KEY ("only"),
    CONSTRAINT ck_hosting_policy_only CHECK ("only"),
    CONSTRAINT ck_hosting_policy_numbers CHECK (price_minor > 0 and trial_days >= 0)
);

CREATE TABLE netted_hosting (
    store_id BIGINT NOT NULL,
    owner_id BIGINT NOT NULL,
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    months BIGINT NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE NOT NULL,
    behind_since TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_netted_hosting PRIMARY KEY (store_id),
    CONSTRAINT fk_netted_hosting_store_id FOREIGN KEY(store_id) REFERENCES store (id),
    CONSTRAINT fk_netted_hosting_owner_id FOREIGN KEY(owner_id) REFERENCES person (id)
);

CREATE TABLE hosting_month (
    store_id BIGINT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    netted_minor BIGINT NOT NULL,
    owed_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    taken_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_hosting_month PRIMARY KEY (store_id, starts_at),
    CONSTRAINT fk_hosting_month_store_id FOREIGN KEY(store_id) REFERENCES store (id)
);
"""


def upgrade() -> None:
    run_sql(_SQL)
