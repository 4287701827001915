"""Seal what was written: each row's digest covers the one before, so that no past one changes unseen.

hash_n = sha256(hash_{n-1} || the row as text). Sealing happens afterwards, in batches: doing it with each write would
make all of them wait for one another.
"""

import hashlib
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Result, Row, text
from sqlalchemy.orm import Session

_FIRST = "0" * 64
_BATCH = 5_000


@dataclass(frozen=True)
class Head:
    """The newest link of a chain: how many rows are sealed, and the digest over all of them."""

    seq: int
    hash: str


@dataclass(frozen=True)
class ChainCheck:
    """What a check of a chain found. `broken_id` is the first row that is not as it was sealed."""

    sealed: int
    head: str
    broken_id: int | None = None
    problem: str = ""

    @property
    def holds(self) -> bool:
        """Whether everything sealed is as it was."""
        return not self.problem


@dataclass(frozen=True)
class Chain:
    """A table of seals (seq, `column`, hash, sealed_at), and SQL giving (id, line) of what they seal.

    `what` is what one row is called in a sentence.
    """

    seals: str
    column: str
    lines: str
    what: str

    def seal(self, session: Session, *, now: datetime) -> int:
        """Seal every committed row that is not sealed yet, in the order of their ids; return how many."""
        session.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": self.seals})
        head = self.head(session)
        unsealed = (
            f"SELECT l.id, l.line FROM ({self.lines}) l WHERE NOT EXISTS "  # noqa: S608 - names and SQL of ours
            f"(SELECT FROM {self.seals} s WHERE s.{self.column} = l.id) ORDER BY l.id LIMIT :n"
        )
        rows = session.execute(text(unsealed), {"n": _BATCH}).all()
        digest, seals = head.hash, list[dict[str, Any]]()
        for seq, row in enumerate(rows, start=head.seq + 1):
            digest = _link(digest, row.line)
            seals.append({"seq": seq, "id": row.id, "hash": digest, "at": now})
        if seals:
            columns = f"(seq, {self.column}, hash, sealed_at)"
            session.execute(text(f"INSERT INTO {self.seals} {columns} VALUES (:seq, :id, :hash, :at)"), seals)  # noqa: S608 - names of ours
        return len(seals)

    def head(self, session: Session) -> Head:
        """Return the newest link; before the first one, 0 and zeroes."""
        newest = f"SELECT seq, hash FROM {self.seals} ORDER BY seq DESC LIMIT 1"  # noqa: S608 - a name of ours
        found = session.execute(text(newest)).one_or_none()
        return Head(found.seq, found.hash) if found else Head(0, _FIRST)

    def verify(self, session: Session, *, anchor: Head | None = None) -> ChainCheck:
        """Compute the whole chain again and name the first row that is not as it was sealed.

        `anchor` is a head kept outside of the database: a chain that was cut off or written anew does not pass it.
        """
        with closing(self._sealed(session)) as rows:
            return self._compared(rows, anchor)

    def _compared(self, rows: Iterable[Row[Any]], anchor: Head | None) -> ChainCheck:
        digest, seq = _FIRST, 0
        for row in rows:
            seq += 1
            if row.seq != seq:
                return ChainCheck(seq - 1, digest, row.id, f"Link {seq} of the chain is missing.")
            if row.line is None:
                return ChainCheck(seq - 1, digest, row.id, f"{self.what} {row.id} was removed.")
            digest = _link(digest, row.line)
            if digest != row.hash:
                return ChainCheck(seq - 1, digest, row.id, f"{self.what} {row.id} is not as it was sealed.")
            if anchor is not None and seq == anchor.seq and digest != anchor.hash:
                return ChainCheck(seq, digest, row.id, f"The chain is not the one that was anchored at link {seq}.")
        if anchor is not None and seq < anchor.seq:
            return ChainCheck(seq, digest, None, f"The chain ends at link {seq}; {anchor.seq} were anchored.")
        return ChainCheck(seq, digest)

    def _sealed(self, session: Session) -> Result[Any]:
        statement = (
            f"SELECT s.seq, s.{self.column} AS id, s.hash, l.line FROM {self.seals} s "  # noqa: S608 - SQL of ours
            f"LEFT JOIN ({self.lines}) l ON l.id = s.{self.column} ORDER BY s.seq"
        )
        return session.execute(text(statement), execution_options={"yield_per": _BATCH})


def _link(before: str, line: str) -> str:
    return hashlib.sha256(f"{before}{line}".encode()).hexdigest()
