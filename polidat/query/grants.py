"""What one query may read, in the form that travels to a worker: names, local files, columns."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from polidat.query.errors import TableOutOfReach

if TYPE_CHECKING:
    from polidat.lake import ReadableTable


@dataclass(frozen=True)
class GrantedTable:
    """A table a query may read: Parquet files by absolute path, and the names of its columns."""

    name: str
    files: tuple[str, ...]
    rows: int
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Grant:
    """The tables of one query and the size of the engine they are opened with. Equal grants may share a worker."""

    tables: tuple[GrantedTable, ...]
    memory_bytes: int
    threads: int

    def as_json(self) -> dict[str, Any]:
        """Values that survive JSON; `grant_from_json` turns them back."""
        return asdict(self)


def grant_tables(tables: "Sequence[ReadableTable]", *, memory_bytes: int, threads: int) -> Grant:
    """A grant of the tables that are not hidden. Raises TableOutOfReach for a file that is not on this machine."""
    granted = tuple(
        GrantedTable(each.name, _local_files(each), each.rows, tuple(column.name for column in each.columns))
        for each in tables
        if not each.hidden
    )
    return Grant(granted, memory_bytes, threads)


def grant_from_json(sent: dict[str, Any]) -> Grant:
    """The grant that `Grant.as_json` described."""
    tables = tuple(
        GrantedTable(each["name"], tuple(each["files"]), each["rows"], tuple(each["columns"]))
        for each in sent["tables"]
    )
    return Grant(tables, sent["memory_bytes"], sent["threads"])


def _local_files(table: "ReadableTable") -> tuple[str, ...]:
    """The files as absolute paths. Workers have no network, so only what lies on this machine can be read."""
    paths: list[str] = []
    for file in table.files:
        parts = urlsplit(file) if "://" in file else None
        if parts is not None and (parts.scheme != "file" or parts.netloc not in ("", "localhost")):
            raise TableOutOfReach(table.name, why=f"not a local file: {parts.scheme}")
        path = unquote(parts.path) if parts is not None else file
        if not PurePath(path).is_absolute():
            raise TableOutOfReach(table.name, why="not an absolute path")
        paths.append(path)
    return tuple(paths)
