"""Bring a database to the schema of this code."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

_LOCK = 0x706F6C69  # "poli": one migration at a time, whoever starts first


def migrate(owner_url: str) -> None:
    """Run every migration that is missing, in one transaction each, under one lock."""
    engine = create_engine(owner_url)
    try:
        with engine.connect() as connection:
            if not pending_migrations(connection):
                return
            connection.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
            connection.commit()
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _LOCK})
    finally:
        engine.dispose()


def pending_migrations(connection: Connection) -> list[str]:
    """Return the revisions this database does not have yet, oldest first."""
    script = ScriptDirectory.from_config(_config())
    current = MigrationContext.configure(connection).get_current_revision()
    return [each.revision for each in reversed(list(script.iterate_revisions("head", current)))]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("polidat.db") / "migrations"))
    return config
