"""The one way to PostgreSQL: a unit of work for a change, a reading for a look."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import BigInteger, DateTime, Engine, MetaData, TextClause, create_engine, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from polidat.core import PoliDatError, Unavailable


class Base(DeclarativeBase):
    """Every row of every room. Integers are bigint, times have a zone, dicts and lists are jsonb."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it as a plain class attribute
        int: BigInteger,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: JSONB,
    }


class Database:
    """Connections to one PostgreSQL as the application's role.

    `surroundings` is copied into `session.info` of every unit of work: what `emit` and `defer` need
    (reactions and the job queue) travels with the session and is never a global.
    """

    def __init__(
        self, url: str, *, surroundings: Mapping[str, Any] | None = None, pool_size: int = 10, echo: bool = False
    ) -> None:
        self.url = url
        self.engine: Engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=10,
            pool_pre_ping=True,
            echo=echo,
            connect_args={"connect_timeout": 5},
        )
        event.listen(self.engine, "connect", _read_in_utc)
        self._info = dict(surroundings or {})
        self._write = sessionmaker(self.engine, expire_on_commit=False, info=self._info)
        self._read = sessionmaker(
            self.engine.execution_options(postgresql_readonly=True), expire_on_commit=False, info=self._info
        )
        still = self.engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
        self._still = sessionmaker(still, expire_on_commit=False, info=self._info)

    @contextmanager
    def unit_of_work(self) -> Generator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises.

        What an error of ours has to leave behind is then written in another one. Raises Unavailable when the server is
        gone.
        """
        try:
            with _translated(), self._write.begin() as session:
                yield session
        except PoliDatError as refusal:
            afterwards, refusal.afterwards = refusal.afterwards, None
            if afterwards is not None:
                with self.unit_of_work() as session:
                    afterwards(session)
            raise

    @contextmanager
    def reading(self) -> Generator[Session]:
        """One read-only transaction: PostgreSQL itself refuses a write in it."""
        with _translated(), self._read.begin() as session:
            yield session

    @contextmanager
    def snapshot(self) -> Generator[Session]:
        """One read-only transaction in which everything is of one moment, whatever is written meanwhile."""
        with _translated(), self._still.begin() as session:
            yield session

    def close(self) -> None:
        """Give all connections back to the server."""
        self.engine.dispose()


def _read_in_utc(connection: Any, _: object) -> None:
    """Days on invoices and pages are of UTC, whatever the zone of the server or of this machine (PGTZ)."""
    connection.execute("SET TIME ZONE 'UTC'")
    connection.commit()


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise Unavailable("The database does not answer. Try again in a moment.", cause=str(error.orig)) from error


@cache
def sql_text(package: str, name: str) -> TextClause:
    """Return the named statement in `<package>/sql/<name>.sql`, ready to execute with parameters."""
    return text((files(package) / "sql" / f"{name}.sql").read_text())
