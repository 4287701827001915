"""The shapes tables have on their way into and out of the lake. Values only: no session, no Delta."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy.orm import Mapped


class Asker(Protocol):
    """Who asks, as a row of theirs: operators see everything, others what is theirs."""

    id: Mapped[int]
    is_operator: Mapped[bool]


@dataclass(frozen=True)
class Column:
    """One column: its SQL name, the header it had in the source, its DuckDB type name (`BIGINT`, `VARCHAR`, ...)."""

    name: str
    source_name: str
    type: str


@dataclass(frozen=True)
class StagedTable:
    """A table as finished Parquet files that nobody reads yet. `hidden` tables serve us, buyers do not see them."""

    name: str
    files: tuple[Path, ...]
    rows: int
    columns: tuple[Column, ...]
    hidden: bool = False


@dataclass(frozen=True)
class ReadableTable:
    """A committed table at one version: immutable Parquet files, by absolute path or URI."""

    name: str
    files: tuple[str, ...]
    rows: int
    bytes: int
    columns: tuple[Column, ...]
    hidden: bool = False
