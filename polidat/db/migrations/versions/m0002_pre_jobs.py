"""The job queue, and the runs people watch."""

from procrastinate.schema import SchemaManager

from polidat.db.migrations.run import run_sql

revision = "0002"
down_revision = "0001"

_SQL = """
CREATE TABLE job_run (
    id BIGSERIAL NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    step TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT,
    note TEXT NOT NULL,
    problem TEXT NOT NULL,
    cancel_asked BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_job_run PRIMARY KEY (id)
);

CREATE INDEX ix_job_run_subject ON job_run (subject);
"""


def upgrade() -> None:
    run_sql(SchemaManager.get_schema())
    run_sql(_SQL)
