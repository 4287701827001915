"""The answer to a query, and the files people take home."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class QueryResult:
    """An answer: `ipc` is one complete Arrow IPC stream. `truncated` says that a limit of rows or bytes cut it.

    `scanned_rows` and `scanned_bytes` are what metering counts: all rows of the tables the query names, and the
    compressed size of the columns it names, from the Parquet footers. They do not depend on caches or plans, and are
    never less than what was read. `cost_micros` is what the run cost its reader, in millionths of the minor unit.
    """

    ipc: bytes
    columns: tuple[tuple[str, str], ...]
    rows: int
    truncated: bool
    tables: tuple[str, ...]
    elapsed_ms: float
    scanned_rows: int
    scanned_bytes: int
    cost_micros: int = 0
    cost_currency: str = ""

    @classmethod
    def of(cls, pieces: Sequence[bytes], ended: Mapping[str, Any]) -> "QueryResult":
        """A result from the pieces of its stream and what the worker said at the end."""
        return cls(
            ipc=b"".join(pieces),
            columns=tuple((str(name), str(kind)) for name, kind in ended["columns"]),
            rows=int(ended["rows"]),
            truncated=bool(ended["truncated"]),
            tables=tuple(str(each) for each in ended["tables"]),
            elapsed_ms=float(ended["elapsed_ms"]),
            scanned_rows=int(ended["scanned_rows"]),
            scanned_bytes=int(ended["scanned_bytes"]),
        )

    def to_arrow(self) -> Any:
        """The answer as a pyarrow Table (pyarrow ships no types)."""
        from polidat.query.arrow import read_table  # pyarrow is loaded by the first answer

        return read_table(self.ipc)

    @property
    def schema(self) -> Any:
        """The pyarrow Schema of the answer."""
        return self.to_arrow().schema

    def to_rows(self) -> list[dict[str, Any]]:
        """The answer as Python values, one dict per row; of two columns with one name, the later one wins."""
        return self.to_arrow().to_pylist()


def as_csv(result: QueryResult, *, for_spreadsheets: bool = True) -> bytes:
    """The answer as UTF-8 CSV with a header line.

    Text that a spreadsheet would run as a formula (it starts with = + - @, a tab or a line break) gets a leading
    apostrophe, unless it is a plain number; `for_spreadsheets=False` leaves every value as it is. See
    https://owasp.org/www-community/attacks/CSV_Injection.
    """
    from polidat.query.arrow import csv_bytes

    return csv_bytes(result.to_arrow(), defuse=for_spreadsheets)


def as_parquet(result: QueryResult) -> bytes:
    """The answer as one Parquet file, zstd compressed, types kept."""
    from polidat.query.arrow import parquet_bytes

    return parquet_bytes(result.to_arrow())
