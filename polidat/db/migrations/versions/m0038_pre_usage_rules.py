"""Each use keeps the share it was charged with, and the commission rule that set it."""

from polidat.db.migrations.run import run_sql

revision = "0038"
down_revision = "0037"

_SQL = """
ALTER TABLE wallet_hold ADD COLUMN commission_rule_id BIGINT;
ALTER TABLE usage_charge ADD COLUMN share_bps BIGINT;
ALTER TABLE usage_charge ADD COLUMN commission_rule_id BIGINT;
"""


def upgrade() -> None:
    run_sql(_SQL)
