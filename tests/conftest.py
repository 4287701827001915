"""The world of the tests: one embedded PostgreSQL a run, one rolled-back transaction a test."""

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from sqlalchemy import event
from sqlalchemy.orm import Session

from polidat.db import Database, EmbeddedServer, migrate, start_embedded
from polidat.db.embedded import ensure_database
from polidat.settings import Settings
from polidat.wiring import House, open_house

# A busy machine must not fail a property; time is measured by the benchmarks. What decides whether a change lands tries
# the same cases each time; a developer's runs look for new ones.
settings.register_profile("polidat", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("polidat")

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def pytest_configure() -> None:
    """A developer's own settings must not change what the tests see."""
    for name in list(os.environ):
        if name.startswith(("POLIDAT_", "STRIPE_")):
            del os.environ[name]


# Modules that take longest go first, so that no process waits at the end while another has one of them before it.
_FIRST = ("journey.test_money", "pipelines.test_corpus", "journey.test_purchase", "cli.test_cli", "journey.test_cart",
          "payments", "simulation", "orders")  # fmt: skip

# These run no line of ours that others do not, or none that is measured.
_UNMEASURED = ("tests/simulation/", "tests/stripe_sandbox/", "tests/house/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first (`--no-loadscope-reorder` keeps it so), and say which measure no coverage."""

    def rank(item: pytest.Item) -> int:
        name = item.nodeid.split("::")[0].removeprefix("tests/").removesuffix(".py").replace("/", ".")
        return next((at for at, each in enumerate(_FIRST) if name.startswith(each)), len(_FIRST))

    items.sort(key=rank)
    for item in items:
        if item.nodeid.startswith(_UNMEASURED):
            item.add_marker(pytest.mark.no_cover)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure no coverage from the first fixture of a test that is marked so: that costs a third of its time."""
    measuring = item.config.pluginmanager.getplugin("_cov")
    control = measuring and measuring.cov_controller
    if not control or item.get_closest_marker("no_cover") is None:
        return (yield)
    control.pause()
    try:
        return (yield)
    finally:
        control.resume()


@contextmanager
def quick_home() -> Iterator[Path]:
    """A folder for a marketplace or a server, in memory where there is room: making databases is five times as fast.

    Not in pytest's folder: that is closed to the server's own user.
    """
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 * 2**30
    with tempfile.TemporaryDirectory(
        prefix="polidat_test_", dir=memory if roomy else None, ignore_cleanup_errors=True
    ) as home:
        yield Path(home)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedServer]:
    """A migrated server of this run's own."""
    with quick_home() as home:
        server = start_embedded(home / "postgres", database="polidat_template")
        _forget_safely(server)
        migrate(server.owner_url)
        yield server
        server.stop()


def _forget_safely(server: EmbeddedServer) -> None:
    """Nobody needs the tests' data after a power cut, and writing it through costs a third of the run."""
    with psycopg.connect(server.admin_conninfo, autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture
def session(postgres: EmbeddedServer, shared_database: Database) -> Iterator[Session]:
    """A session as the application's role; whatever the test does is rolled back.

    `session.info` may be given reactions and jobs by the test; without jobs, `defer` is recorded in `info["deferred"]`.
    """
    with shared_database.engine.connect() as connection:
        outer = connection.begin()
        deferred: list[tuple[str, dict[str, object]]] = []
        info = {"reactions": {}, "jobs": RecordedQueue(deferred), "deferred": deferred}
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False, info=info) as opened:
            yield opened
        outer.rollback()


@pytest.fixture(scope="session")
def shared_database(postgres: EmbeddedServer) -> Iterator[Database]:
    """The database behind `session`; nothing is ever committed to it.

    A copy, because PostgreSQL copies a template only while nobody is connected to it.
    """
    ensure_database(postgres.admin_conninfo, "polidat_shared", template="polidat_template")
    database = Database(postgres.app_url.replace("/polidat_template?", "/polidat_shared?"))
    yield database
    database.close()


class MovableDatabase(Database):
    """Moves from one database of the server to the next: compiling a test's statements anew is a third of its time.

    SQLAlchemy keeps what it compiled with the engine, so the engine stays and only its connections are made anew.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.name = ""
        event.listen(self.engine, "do_connect", self._connect_to_it)

    def move(self, url: str, name: str, surroundings: Mapping[str, Any]) -> None:
        """Be the database of this address and name from now on."""
        self.url, self.name = url, name
        self._info.clear()
        self._info.update(surroundings)

    def _connect_to_it(self, dialect: object, record: object, positional: object, named: dict[str, Any]) -> None:
        named["dbname"] = self.name


@pytest.fixture(scope="session")
def spare_databases() -> list[MovableDatabase]:
    """Those no test uses at the moment."""
    return []


@pytest.fixture
def new_database(
    postgres: EmbeddedServer, spare_databases: list[MovableDatabase]
) -> Iterator[Callable[..., MovableDatabase]]:
    """Make databases with real commits: each call gives a fresh copy of the migrated one."""
    opened: list[MovableDatabase] = []

    def make(**surroundings: object) -> MovableDatabase:
        name = f"test_{uuid4().hex[:12]}"
        ensure_database(postgres.admin_conninfo, name, template="polidat_template")
        url = postgres.app_url.replace("/polidat_template?", f"/{name}?")
        database = spare_databases.pop() if spare_databases else MovableDatabase(url)
        database.move(url, name, {"reactions": {}, "jobs": RecordedQueue([]), **surroundings})
        opened.append(database)
        return database

    yield make
    with psycopg.connect(postgres.admin_conninfo, autocommit=True) as admin:
        for database in opened:
            database.close()
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database.name)))
    spare_databases.extend(opened)


class RecordedQueue:
    """Takes jobs down instead of queueing them, for tests of the rooms that defer."""

    def __init__(self, deferred: list[tuple[str, dict[str, object]]]) -> None:
        self.deferred = deferred

    def defer(self, session: Session, name: str, *, once: str | None, at: datetime | None, **arguments: object) -> bool:
        """Note the job's name and arguments."""
        self.deferred.append((name, arguments))
        return True


@pytest.fixture
def samples() -> Path:
    """The real files that ship with the project."""
    return Path(__file__).parents[1] / "data" / "samples"


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """A whole marketplace of the run's own, with worker and sandbox, empty."""
    with quick_home() as home:
        opened = open_house(Settings(home=home, port=free_port(), demo_data=False))
        yield opened
        opened.close()


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
