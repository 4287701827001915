"""Seal what was written: each transaction's digest covers the one before, so that no past one changes unseen.

hash_n = sha256(hash_{n-1} || the transaction and its legs as text). Sealing happens afterwards, in batches: doing it
with each posting would make all of them wait for one another.
"""

import hashlib
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Result, Row, insert, text
from sqlalchemy.orm import Session

from polidat.db import sql_text
from polidat.ledger.models import LedgerSeal

FIRST = "0" * 64
_BATCH = 5_000


@dataclass(frozen=True)
class Head:
    """The newest link of the chain: how many transactions are sealed, and the digest over all of them."""

    seq: int
    hash: str


@dataclass(frozen=True)
class ChainCheck:
    """What a check of the chain found. `broken_txn` is the first transaction that is not as it was sealed."""

    sealed: int
    head: str
    broken_txn: int | None = None
    problem: str = ""

    @property
    def holds(self) -> bool:
        """Whether everything sealed is as it was."""
        return not self.problem


def seal_ledger(session: Session, *, now: datetime) -> int:
    """Seal every committed transaction that is not sealed yet, in the order of their ids; return how many."""
    session.execute(text("select pg_advisory_xact_lock(hashtextextended('ledger_seal', 0))"))
    head = chain_head(session)
    unsealed = f"{_lines()} WHERE NOT EXISTS (SELECT FROM ledger_seal s WHERE s.txn_id = t.id) ORDER BY t.id LIMIT :n"
    rows = session.execute(text(unsealed), {"n": _BATCH}).all()
    digest, seals = head.hash, list[dict[str, Any]]()
    for seq, row in enumerate(rows, start=head.seq + 1):
        digest = _link(digest, row.line)
        seals.append({"seq": seq, "txn_id": row.txn_id, "hash": digest, "sealed_at": now})
    if seals:
        session.execute(insert(LedgerSeal), seals)
    return len(seals)


def chain_head(session: Session) -> Head:
    """Return the newest link; before the first one, 0 and zeroes."""
    found = session.execute(text("SELECT seq, hash FROM ledger_seal ORDER BY seq DESC LIMIT 1")).one_or_none()
    return Head(found.seq, found.hash) if found else Head(0, FIRST)


def verify_chain(session: Session, *, anchor: Head | None = None) -> ChainCheck:
    """Compute the whole chain again and name the first transaction that is not as it was sealed.

    `anchor` is a head kept outside of the database: a chain that was cut off or written anew does not pass it.
    """
    with closing(_sealed(session)) as rows:
        return _compared(rows, anchor)


def _compared(rows: Iterable[Row[Any]], anchor: Head | None) -> ChainCheck:
    digest, seq = FIRST, 0
    for row in rows:
        seq += 1
        if row.seq != seq:
            return ChainCheck(seq - 1, digest, row.txn_id, f"Link {seq} of the chain is missing.")
        if row.line is None:
            return ChainCheck(seq - 1, digest, row.txn_id, f"Transaction {row.txn_id} was removed.")
        digest = _link(digest, row.line)
        if digest != row.hash:
            return ChainCheck(seq - 1, digest, row.txn_id, f"Transaction {row.txn_id} is not as it was sealed.")
        if anchor is not None and seq == anchor.seq and digest != anchor.hash:
            return ChainCheck(seq, digest, row.txn_id, f"The chain is not the one that was anchored at link {seq}.")
    if anchor is not None and seq < anchor.seq:
        return ChainCheck(seq, digest, None, f"The chain ends at link {seq}; {anchor.seq} were anchored.")
    return ChainCheck(seq, digest)


def _sealed(session: Session) -> Result[Any]:
    statement = (
        f"SELECT s.seq, s.txn_id, s.hash, l.line FROM ledger_seal s LEFT JOIN ({_lines()}) l ON l.txn_id = s.txn_id "  # noqa: S608 - SQL of ours
        "ORDER BY s.seq"
    )
    return session.execute(text(statement), execution_options={"yield_per": _BATCH})


def _lines() -> str:
    return sql_text("polidat.ledger", "chain_lines").text


def _link(before: str, line: str) -> str:
    return hashlib.sha256(f"{before}{line}".encode()).hexdigest()
