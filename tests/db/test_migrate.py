"""The migrations make the schema the models describe, and the application's role has only what it needs."""

import importlib.util
import pkgutil

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

import polidat
from polidat.db import Base, Database, EmbeddedServer, migrate, pending_migrations

NOT_OURS = ("procrastinate_", "alembic_")


def load_every_model():
    for room in pkgutil.iter_modules(polidat.__path__, "polidat."):
        if room.ispkg and importlib.util.find_spec(f"{room.name}.models"):
            importlib.import_module(f"{room.name}.models")


def test_the_models_are_what_the_migrations_make(postgres: EmbeddedServer, shared_database: Database):
    load_every_model()
    engine = create_engine(postgres.owner_url.replace("polidat_template", "polidat_shared"))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _: not (kind == "table" and name.startswith(NOT_OURS))},
        )
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()

    assert differences == []


def test_migrating_twice_changes_nothing(postgres: EmbeddedServer, shared_database: Database):
    owner_url = postgres.owner_url.replace("polidat_template", "polidat_shared")

    migrate(owner_url)

    engine = create_engine(owner_url)
    with engine.connect() as connection:
        assert pending_migrations(connection) == []
    engine.dispose()


def test_the_application_cannot_change_the_schema(session):
    may_create = session.scalar(text("select has_schema_privilege(current_user, 'public', 'CREATE')"))

    assert session.scalar(text("select current_user")) == "polidat_app"
    assert may_create is False
