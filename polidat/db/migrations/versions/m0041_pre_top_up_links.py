"""Links by which somebody else pays into a wallet."""

from polidat.db.migrations.run import run_sql

revision = "0041"
down_revision = "0040"

_SQL = """
ALTER TABLE payment ADD COLUMN thanks TEXT NOT NULL DEFAULT '';
ALTER TABLE top_up ADD COLUMN payable_until TIMESTAMP WITH TIME ZONE;
ALTER TABLE top_up ADD COLUMN closed_at TIMESTAMP WITH TIME ZONE;
CREATE INDEX ix_top_up_link ON top_up (payable_until) WHERE paid_charge IS NULL AND closed_at IS NULL;
"""


def upgrade() -> None:
    run_sql(_SQL)
