"""Each entry of the audit log carries the digests of what was before and after."""

from polidat.db.migrations.run import run_sql

revision = "0025"
down_revision = "0024"

_SQL = """
ALTER TABLE audit_entry ADD COLUMN before_hash TEXT DEFAULT '' NOT NULL;
ALTER TABLE audit_entry ADD COLUMN after_hash TEXT DEFAULT '' NOT NULL;
"""


def upgrade() -> None:
    run_sql(_SQL)
