"""Compare the books with Stripe, movement by movement, and keep what does not agree until somebody has settled it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.core import Invalid, Money
from polidat.db import Database, sql_text
from polidat.events import emit, record
from polidat.ledger import Refs, post
from polidat.payments.events import BooksDisagree
from polidat.payments.facts import Movement
from polidat.payments.gateway import Gateway
from polidat.payments.mirror import mirror_movements
from polidat.payments.mirrored import BalanceTransaction, Discrepancy, DiscrepancyState
from polidat.payments.rules import KNOWN_CATEGORIES, suspense_legs

GRACE = timedelta(hours=2)  # an event about it may still be on its way
OVERLAP = timedelta(days=2)  # Stripe changes what it said, and adds to the past
AGREE = ("matched", "linked_by_source")
TIMING = ("timing_here", "timing_there")
_BATCH = 500


@dataclass(frozen=True)
class Reconciled:
    """What a comparison found: how many pairs of each category, and by currency both sides and their difference.

    `explained` says that the difference is the sum of what the categories differ by: otherwise the report is wrong.
    """

    since: datetime
    until: datetime
    counts: dict[str, int]
    theirs: dict[str, int]
    ours: dict[str, int]
    explained: bool

    @property
    def is_clean(self) -> bool:
        """Whether everything agrees, or is too young to be judged."""
        return self.explained and not set(self.counts) - {*AGREE, *TIMING}

    def difference(self, currency: str) -> Money:
        """Return what Stripe has more than the books."""
        return Money(self.theirs.get(currency, 0) - self.ours.get(currency, 0), currency)


def refresh_mirror(database: Database, gateway: Gateway, *, since: datetime) -> int:
    """Copy every movement since then, less the overlap; return how many."""
    movements = list(gateway.movements_since(since - OVERLAP))
    for start in range(0, len(movements), _BATCH):
        with database.unit_of_work() as session:
            mirror_movements(session, movements[start : start + _BATCH])
    return len(movements)


def reconcile(session: Session, *, since: datetime, until: datetime, now: datetime) -> Reconciled:
    """Compare the window [since, until), note what does not agree, and close what agrees again.

    The mirror should be fresh: call `refresh_mirror` before.
    """
    _compare(session, since=since, until=until, now=now)
    counts, theirs, ours = _summed(session, since=since, until=until)
    by_category = Counter[str]()
    differing = session.execute(
        text("SELECT * FROM reconciled WHERE category <> ALL (:agree)"), {"agree": list(AGREE)}
    ).all()
    for pair in differing:
        by_category[pair.currency] += pair.theirs_minor or 0
        by_category[pair.ours_currency] -= pair.ours_minor or 0
    explained = all(theirs.get(code, 0) - ours.get(code, 0) == by_category[code] for code in {*theirs, *ours})
    wrong = [pair for pair in differing if pair.category not in TIMING]
    _note(session, wrong, since=since, until=until, now=now)
    if wrong:
        emit(session, BooksDisagree(len(wrong), now))
    return Reconciled(since, until, counts, theirs, ours, explained)


def open_discrepancies(session: Session) -> Sequence[Discrepancy]:
    """Return what does not agree and is not settled, oldest first."""
    is_open = Discrepancy.state == DiscrepancyState.OPEN
    return session.scalars(select(Discrepancy).where(is_open).order_by(Discrepancy.found_at, Discrepancy.id)).all()


def settle_discrepancy(session: Session, discrepancy_id: int, *, note: str, by: int, now: datetime) -> Discrepancy:
    """Settle one with the reason. A movement the books lack is booked against suspense, never an entry changed.

    Raises Invalid without a reason, and for one that is settled.
    """
    if not note.strip():
        raise Invalid("Say what you found and did; the next person reads it.")
    row = session.get(Discrepancy, discrepancy_id, with_for_update=True)
    if row is None or row.state != DiscrepancyState.OPEN:
        raise Invalid("This difference is settled already. Reload the page.")
    if row.category in ("missing_here", "unknown_type") and row.bt_id is not None:
        _book_in_suspense(session, row.bt_id)
    row.state, row.note, row.settled_by, row.settled_at = DiscrepancyState.SETTLED, note.strip()[:1000], by, now
    session.flush()
    record(session, "settle", f"discrepancy:{row.id}", by=by, after={"category": row.category, "note": row.note})
    return row


def _compare(session: Session, *, since: datetime, until: datetime, now: datetime) -> None:
    """Fill the table `reconciled`, which lives as long as this unit of work."""
    session.execute(text("DROP TABLE IF EXISTS pg_temp.reconciled"))
    session.execute(
        sql_text("polidat.payments", "reconcile"),
        {"since": since, "until": until, "grace": now - GRACE, "known": list(KNOWN_CATEGORIES)},
    )


def _summed(
    session: Session, *, since: datetime, until: datetime
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """How many pairs of each category, and both sides by currency: from their own tables, not from the pairs."""
    window = {"since": since, "until": until}
    counted = session.execute(text("SELECT category, count(*) FROM reconciled GROUP BY 1"))
    theirs = session.execute(
        text(
            "SELECT currency, sum(net_minor)::bigint FROM stripe_bt "
            "WHERE created_at >= :since AND created_at < :until AND net_minor <> 0 GROUP BY 1"
        ),
        window,
    )
    ours = session.execute(
        text(
            "SELECT e.currency, sum(e.amount)::bigint FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id "
            "JOIN ledger_txn t ON t.id = e.txn_id "
            "WHERE a.code = 'A:stripe' AND t.occurred_at >= :since AND t.occurred_at < :until GROUP BY 1"
        ),
        window,
    )
    return _mapped(counted), _mapped(theirs), _mapped(ours)


def _mapped(rows: Iterable[Any]) -> dict[str, int]:
    return {name: int(minor) for name, minor in rows}


def _note(session: Session, wrong: Sequence[Any], *, since: datetime, until: datetime, now: datetime) -> None:
    keys = [f"{pair.category}:{pair.bt_id or pair.txn_id}" for pair in wrong]
    for start in range(0, len(wrong), _BATCH):
        rows = [
            {
                "key": key,
                "category": pair.category,
                "bt_id": pair.bt_id,
                "txn_id": pair.txn_id,
                "currency": pair.currency,
                "theirs_minor": pair.theirs_minor,
                "ours_minor": pair.ours_minor,
                "moved_at": pair.at,
                "found_at": now,
                "state": DiscrepancyState.OPEN,
                "note": "",
            }
            for key, pair in zip(keys[start : start + _BATCH], wrong[start : start + _BATCH], strict=True)
        ]
        session.execute(insert(Discrepancy).values(rows).on_conflict_do_nothing(index_elements=["key"]))
    gone = (
        (Discrepancy.state == DiscrepancyState.OPEN)
        & (Discrepancy.moved_at >= since)
        & (Discrepancy.moved_at < until)
        & Discrepancy.key.not_in(keys)
    )
    session.execute(update(Discrepancy).where(gone).values(state=DiscrepancyState.GONE, settled_at=now))


def _book_in_suspense(session: Session, bt_id: str) -> None:
    row = session.get_one(BalanceTransaction, bt_id)
    moved = Movement(**{name: getattr(row, name) for name in Movement.__dataclass_fields__})
    refs = Refs(stripe_object=moved.source, meta={"category": moved.category})
    post(session, f"bt:{moved.id}", "unexplained", suspense_legs(moved), occurred_at=moved.created_at, refs=refs)
