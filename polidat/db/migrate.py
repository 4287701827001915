"""Bring a database to the schema of this code."""

from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, inspect, text

# alembic takes half a second to load, and a database that has every migration needs none of it
if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 0x706F6C69  # "poli": one migration at a time, whoever starts first


def migrate(owner_url: str) -> None:
    """Run every migration that is missing, in one transaction each, under one lock."""
    engine = create_engine(owner_url)
    try:
        with engine.connect() as connection:
            if _is_current(connection):
                return
            from alembic import command

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
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_config())
    current = MigrationContext.configure(connection).get_current_revision()
    return [each.revision for each in reversed(list(script.iterate_revisions("head", current)))]


def newest_migration() -> str:
    """Return the number of the newest migration, from the names of their files: each builds on the one before."""
    versions = files("polidat.db") / "migrations" / "versions"
    return max(each.name[1:5] for each in versions.iterdir() if each.name.startswith("m0"))


def _is_current(connection: Connection) -> bool:
    if not inspect(connection).has_table("alembic_version"):
        return False
    return connection.scalar(text("select version_num from alembic_version")) == newest_migration()


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("polidat.db") / "migrations"))
    return config
