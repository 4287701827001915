"""Staged facts, the ordered log, its readers."""

from polidat.db.migrations.run import run_sql

revision = "0003"
down_revision = "0002"

_SQL = """
CREATE TABLE event_staging (
    id BIGSERIAL NOT NULL,
    xid XID8 DEFAULT pg_current_xact_id() NOT NULL,
    kind TEXT NOT NULL,
    payload JSONB NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_event_staging PRIMARY KEY (id)
);

CREATE TABLE event_head (
    "only" BOOLEAN NOT NULL,
    position BIGINT NOT NULL,
    CONSTRAINT pk_event_head PRIMARY KEY ("only")
);

CREATE TABLE event_log (
    position BIGINT NOT NULL,
    op BIGINT NOT NULL,
    last BOOLEAN NOT NULL,
    xid XID8 NOT NULL,
    kind TEXT NOT NULL,
    payload JSONB NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_event_log PRIMARY KEY (position, op)
);

CREATE INDEX ix_event_log_kind_position ON event_log (kind, position);

CREATE TABLE event_cursor (
    reader TEXT NOT NULL,
    position BIGINT NOT NULL,
    CONSTRAINT pk_event_cursor PRIMARY KEY (reader)
);

insert into event_head ("only", position) values (true, 0);
"""


def upgrade() -> None:
    run_sql(_SQL)
