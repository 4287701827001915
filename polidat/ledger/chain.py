"""The chain that seals the books: each link covers a transaction with all its legs."""

from datetime import datetime

from sqlalchemy.orm import Session

from polidat.db import Chain, ChainCheck, Head, sql_text


def seal_ledger(session: Session, *, now: datetime) -> int:
    """Seal every committed transaction that is not sealed yet, in the order of their ids; return how many."""
    return _chain().seal(session, now=now)


def chain_head(session: Session) -> Head:
    """Return the newest link; before the first one, 0 and zeroes."""
    return _chain().head(session)


def verify_chain(session: Session, *, anchor: Head | None = None) -> ChainCheck:
    """Compute the whole chain again and name the first transaction that is not as it was sealed.

    `anchor` is a head kept outside of the database.
    """
    return _chain().verify(session, anchor=anchor)


def _chain() -> Chain:
    return Chain("ledger_seal", "txn_id", sql_text("polidat.ledger", "chain_lines").text, "Transaction")
