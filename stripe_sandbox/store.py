"""Everything the sandbox remembers: one SQLite file, one row per object.

One connection, one lock: a request runs whole or not at all, and sees no half of another. WAL with
`synchronous=NORMAL` survives a killed process; only a power cut may lose the last moments.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PLATFORM = ""
_SCHEMA = Path(__file__).with_name("schema.sql")
_COLUMNS = "id, kind, account, created, body, hidden"


@dataclass(slots=True)
class Row:
    """One object: `body` is what the API shows, `hidden` is what only the sandbox knows."""

    id: str
    kind: str
    account: str
    created: int
    body: dict[str, Any]
    hidden: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, in the order of the list, and whether there is more behind it."""

    rows: list[Row]
    has_more: bool


class Tx:
    """An open transaction. It is only valid inside the `with` block that gave it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.deliveries_added = False

    def sql(self, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[sqlite3.Row]:
        """Run one statement with bound values and give its rows."""
        return self._connection.execute(statement, values).fetchall()

    def insert(self, row: Row) -> Row:
        """Store a new object. An id that exists is an error of the caller."""
        self.sql(
            f"INSERT INTO objects ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant of this file
            (row.id, row.kind, row.account, row.created, json.dumps(row.body), json.dumps(row.hidden)),
        )
        return row

    def save(self, row: Row) -> Row:
        """Write a changed object back."""
        self.sql(
            "UPDATE objects SET body = ?, hidden = ? WHERE id = ?",
            (json.dumps(row.body), json.dumps(row.hidden), row.id),
        )
        return row

    def delete(self, row: Row) -> None:
        """Forget an object."""
        self.sql("DELETE FROM objects WHERE id = ?", (row.id,))

    def get(self, object_id: str, kind: str | None = None, account: str | None = None) -> Row | None:
        """Give the object of this id, if it is of this kind and belongs to this account (when those are given)."""
        found = self.sql(f"SELECT {_COLUMNS} FROM objects WHERE id = ?", (object_id,))  # noqa: S608 - a constant
        row = _row(found[0]) if found else None
        if row is None or (kind is not None and row.kind != kind) or (account is not None and row.account != account):
            return None
        return row

    def find(self, kind: str, where: str = "TRUE", values: Sequence[Any] = (), *, newest: bool = False) -> list[Row]:
        """Give objects of a kind by a condition on columns or `body ->> '$.member'`, oldest first."""
        order = "DESC" if newest else "ASC"
        statement = f"SELECT {_COLUMNS} FROM objects WHERE kind = ? AND ({where}) ORDER BY seq {order}"  # noqa: S608 - conditions are constants of our modules
        return [_row(each) for each in self.sql(statement, (kind, *values))]

    def latest(self, kind: str, limit: int) -> list[Row]:
        """Give the newest objects of a kind, whoever they belong to."""
        statement = f"SELECT {_COLUMNS} FROM objects WHERE kind = ? ORDER BY seq DESC LIMIT ?"  # noqa: S608 - a constant of this file
        return [_row(each) for each in self.sql(statement, (kind, limit))]

    def page(
        self, kind: str, account: str, where: str, values: Sequence[Any], *, limit: int, after: int | None = None,
        before: int | None = None,
    ) -> Page:  # fmt: skip
        """Give one page, newest first; `after` and `before` are places in the list (see `place_of`)."""
        conditions, bound = [f"kind = ? AND account = ? AND ({where})"], [kind, account, *values]
        if after is not None:
            conditions.append("seq < ?")
            bound.append(after)
        if before is not None:
            conditions.append("seq > ?")
            bound.append(before)
        order = "ASC" if before is not None else "DESC"
        joined = " AND ".join(conditions)
        statement = f"SELECT {_COLUMNS} FROM objects WHERE {joined} ORDER BY seq {order} LIMIT ?"  # noqa: S608 - conditions are constants of our modules
        rows = [_row(each) for each in self.sql(statement, (*bound, limit + 1))]
        shown = rows[:limit]
        return Page(shown[::-1] if before is not None else shown, len(rows) > limit)

    def place_of(self, object_id: str, kind: str, account: str) -> int | None:
        """Give the place of an object in the lists of its kind and account."""
        found = self.sql(
            "SELECT seq FROM objects WHERE id = ? AND kind = ? AND account = ?", (object_id, kind, account)
        )
        return int(found[0]["seq"]) if found else None


class Store:
    """The open state file."""

    def __init__(self, path: Path) -> None:
        self.after_commit: Callable[[], None] | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA.read_text(encoding="utf-8"))

    @contextmanager
    def transaction(self) -> Generator[Tx]:
        """Open the one transaction there is at a time; an exception takes back everything written in it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            tx = Tx(self._connection)
            try:
                yield tx
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        if tx.deliveries_added and self.after_commit is not None:
            self.after_commit()

    def close(self) -> None:
        """Close the file; waits for an open transaction."""
        with self._lock:
            self._connection.close()


def clock_ahead(tx: Tx) -> int:
    """Give by how many seconds the sandbox's time was set ahead."""
    found = tx.sql("SELECT value FROM switches WHERE name = 'ahead_s'")
    return int(json.loads(found[0]["value"])) if found else 0


def _row(found: sqlite3.Row) -> Row:
    return Row(
        id=found["id"],
        kind=found["kind"],
        account=found["account"],
        created=found["created"],
        body=json.loads(found["body"]),
        hidden=json.loads(found["hidden"]),
    )
