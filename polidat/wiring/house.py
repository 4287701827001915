"""The house: everything that is opened once and handed to whoever needs a piece of it."""

import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from polidat.core import Broken
from polidat.db import Database, migrate, start_embedded
from polidat.jobs import JobQueue
from polidat.payments import Gateway, open_gateway
from polidat.query import QueryLimits, QueryPool
from polidat.settings import Settings
from polidat.wiring.jobs import add_jobs, run_in_background
from polidat.wiring.reactions import REACTIONS
from polidat.wiring.sandbox import Sandbox, kept_secrets, start_sandbox

if TYPE_CHECKING:
    from pipelines.ingest import Workshop

SANDBOX_KEY = "sk_test_sim"
_open: list["House"] = []  # the process's one open house: Streamlit runs pages without arguments


@dataclass(frozen=True)
class House:
    """One running marketplace. Faces get it whole; rooms get the piece they need."""

    settings: Settings
    database: Database
    jobs: JobQueue
    query_pool: QueryPool
    gateway: Gateway
    webhook_secrets: tuple[str, ...]
    sandbox_url: str | None
    _closing: ExitStack = field(repr=False)

    def unit_of_work(self) -> AbstractContextManager[Session]:
        """Open a transaction for a change."""
        return self.database.unit_of_work()

    def reading(self) -> AbstractContextManager[Session]:
        """Open a transaction for a look."""
        return self.database.reading()

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)

    @property
    def lake(self) -> Path:
        """Where the Delta tables are."""
        return self.settings.home.resolve() / "lake"

    @property
    def inbox(self) -> Path:
        """Where uploads arrive."""
        return self.settings.home.resolve() / "inbox"

    @property
    def cache(self) -> Path:
        """Where what can be made again is kept."""
        return self.settings.home.resolve() / "cache"

    @property
    def query_limits(self) -> QueryLimits:
        """What one query of a buyer may take."""
        return QueryLimits(time_s=self.settings.query_time_s, memory_bytes=self.settings.query_memory_bytes)

    @property
    def workshop(self) -> "Workshop":
        """Where ingestion works."""
        from pipelines.ingest import Workshop  # readers, checks and the model: only who ingests loads them
        from polidat.assistant import embed

        return Workshop(self.database, self.lake, self.inbox, embed, self.now)

    def close(self) -> None:
        """Stop everything this house started."""
        if self in _open:
            _open.remove(self)
        self._closing.close()


def open_house(settings: Settings, *, companions: bool = True) -> House:
    """Open the marketplace that lives in `settings.home`.

    With `companions` the worker, the sequencer and the Stripe sandbox run too; commands do without.
    Raises Unavailable when the database does not start.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opening:
        app_url, owner_url = _database_urls(settings, opening)
        migrate(owner_url)
        queue = JobQueue(_conninfo(app_url))
        surroundings = {"jobs": queue, "reactions": REACTIONS, "base_url": settings.base_url}
        database = Database(app_url, surroundings=surroundings)
        opening.callback(database.close)
        secrets = _webhook_secrets(settings)
        sandbox = _sandbox(settings, secrets, opening, running=companions)
        house = House(
            settings=settings,
            database=database,
            jobs=queue,
            query_pool=opening.enter_context(_query_pool(settings, waiting=companions)),
            gateway=_gateway(settings, sandbox),
            webhook_secrets=secrets,
            sandbox_url=sandbox.url if sandbox else None,
            _closing=opening,
        )
        add_jobs(house)
        if companions:
            opening.enter_context(_at_work(house))
        house = _with_closing(house, opening.pop_all())
    _open.append(house)
    return house


def the_house() -> House:
    """Return the process's open house. Raises Broken before it is opened."""
    if not _open:
        raise Broken("The house is not open in this process.")
    return _open[-1]


@contextmanager
def _at_work(house: House) -> Generator[None]:
    """Run the worker and the sequencer until the house is closed."""
    stop = threading.Event()
    threads = [threading.Thread(target=each, daemon=True, name=name) for name, each in run_in_background(house, stop)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=30)


def _with_closing(house: House, closing: ExitStack) -> House:
    object.__setattr__(house, "_closing", closing)  # known only once everything is open
    return house


def _database_urls(settings: Settings, opening: ExitStack) -> tuple[str, str]:
    if settings.database_url is not None:
        app_url = settings.database_url.get_secret_value()
        owner = settings.database_owner_url
        return app_url, owner.get_secret_value() if owner else app_url
    server = start_embedded(settings.home.resolve() / "postgres")
    opening.callback(server.stop)
    return server.app_url, server.owner_url


def _query_pool(settings: Settings, *, waiting: bool) -> QueryPool:
    """A command asks one query at most: no worker is made before it does."""
    return QueryPool(size=settings.query_workers, blanks=None if waiting else 0)


def _conninfo(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _webhook_secrets(settings: Settings) -> tuple[str, ...]:
    if settings.uses_sandbox:
        return kept_secrets(settings.home)
    given = (settings.stripe_webhook_secret, settings.stripe_connect_webhook_secret)
    return tuple(each.get_secret_value() for each in given if each is not None)


def _sandbox(settings: Settings, secrets: tuple[str, ...], opening: ExitStack, *, running: bool) -> Sandbox | None:
    if not settings.uses_sandbox:
        return None
    sandbox = Sandbox(settings.home.resolve() / "stripe_sandbox", settings.base_url, secrets)
    if running:
        opening.enter_context(start_sandbox(sandbox))
    return sandbox


def _gateway(settings: Settings, sandbox: Sandbox | None) -> Gateway:
    if sandbox is not None:
        return open_gateway(SANDBOX_KEY, base_url=sandbox.url)
    assert settings.stripe_api_key is not None
    return open_gateway(settings.stripe_api_key.get_secret_value())
