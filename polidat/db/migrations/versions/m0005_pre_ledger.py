"""The double-entry books: their tables, what they refuse, and how they are written."""

from importlib.resources import files

from polidat.db.migrations.run import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for name in ("tables", "guards", "posting"):
        run_sql((files("polidat") / "ledger" / "sql" / f"{name}.sql").read_text())
