"""How a migration runs its SQL: as written, without parameters."""

from alembic import op


def run_sql(statements: str) -> None:
    """Run one or more statements; a percent sign or a colon in them means itself."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.execute(statements)
