"""What is in a cart belongs to the cart, not to a person."""

from polidat.db.migrations.run import run_sql

revision = "0037"
down_revision = "0036"

_SQL = """
DROP TABLE cart_line;
"""


def upgrade() -> None:
    run_sql(_SQL)
