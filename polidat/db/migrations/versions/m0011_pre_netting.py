"""What a seller owes is paid with the next sale."""

from polidat.db.migrations.run import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_sql("ALTER TABLE payment ADD COLUMN netted_minor BIGINT NOT NULL DEFAULT 0;")
