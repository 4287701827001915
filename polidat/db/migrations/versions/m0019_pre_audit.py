"""The audit log and the chain that seals it."""

from polidat.db.migrations.run import run_sql

revision = "0019"
down_revision = "0018"

_SQL = """
CREATE TABLE audit_entry (
    id BIGSERIAL NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    actor_id BIGINT,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    before JSONB NOT NULL,
    after JSONB NOT NULL,
    CONSTRAINT pk_audit_entry PRIMARY KEY (id)
);

CREATE INDEX ix_audit_entry_actor_id_id ON audit_entry (actor_id, id);

CREATE INDEX ix_audit_entry_object_id ON audit_entry (object, id);

CREATE TABLE audit_seal (
    seq BIGINT NOT NULL,
    entry_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    sealed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_audit_seal PRIMARY KEY (seq),
    CONSTRAINT uq_audit_seal_entry_id UNIQUE (entry_id),
    CONSTRAINT fk_audit_seal_entry_id FOREIGN KEY(entry_id) REFERENCES audit_entry (id)
);

CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit: % of % is refused, the log is append-only', tg_op, tg_table_name
        USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_seal_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

REVOKE ALL ON audit_entry, audit_seal FROM polidat_app;
GRANT SELECT, INSERT ON audit_entry, audit_seal TO polidat_app;
"""


def upgrade() -> None:
    run_sql(_SQL)
