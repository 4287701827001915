"""Mail that waits is found without reading what was sent."""

from polidat.db.migrations.run import run_sql

revision = "0051"
down_revision = "0050"

_SQL = """
CREATE INDEX ix_mail_waiting ON mail (id) WHERE sent_at IS NULL AND attempts < 8;
CREATE INDEX ix_mail_tried ON mail (created_at) WHERE sent_at IS NULL AND attempts > 0;
"""


def upgrade() -> None:
    run_sql(_SQL)
