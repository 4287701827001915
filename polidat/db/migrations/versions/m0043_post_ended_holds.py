"""What ended is held by nothing."""

from polidat.db.migrations.run import run_sql

revision = "0043"
down_revision = "0042"

_SQL = """
DELETE FROM entitlement_hold USING entitlement
WHERE entitlement.id = entitlement_hold.entitlement_id AND entitlement.state IN ('revoked', 'expired', 'taken_back');
"""


def upgrade() -> None:
    run_sql(_SQL)
