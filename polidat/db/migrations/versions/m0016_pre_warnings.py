"""When a card's bank warned of fraud."""

from polidat.db.migrations.run import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run_sql("ALTER TABLE charge ADD COLUMN warned_at TIMESTAMP WITH TIME ZONE;")
