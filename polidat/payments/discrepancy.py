"""Where the books and Stripe do not agree: noted once, looked after by somebody, settled with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, all_, case, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert
from sqlalchemy.orm import Session

from polidat.core import Invalid
from polidat.events import record
from polidat.payments.mirrored import Discrepancy, DiscrepancyState
from polidat.payments.repair import repair
from polidat.people import Person

_BATCH = 500


@dataclass(frozen=True)
class Difference:
    """What a check found: `theirs_minor` is what Stripe says or what should be, `ours_minor` what the books say.

    `key` names it, so that the same one is noted once; `about` is what it is about beside a movement: an account of
    the books, a payout, a transfer.
    """

    key: str
    category: str
    currency: str
    theirs_minor: int | None
    ours_minor: int | None
    moved_at: datetime
    bt_id: str | None = None
    txn_id: int | None = None
    about: str = ""


@dataclass(frozen=True)
class OpenDifference:
    """A difference nobody has settled, for how many days it has been there, and who looks after it."""

    row: Discrepancy
    age_days: int
    owner: str


def note_differences(
    session: Session,
    found: Sequence[Difference],
    *,
    of: Sequence[str],
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
) -> None:
    """Keep what a check found, and close what it did not find again.

    The check speaks for the categories `of`, within [since, until) when those are given. One that is gone, or was
    settled at another difference, is open again when it comes back.
    """
    for start in range(0, len(found), _BATCH):
        rows = [
            {**vars(each), "found_at": now, "state": DiscrepancyState.OPEN, "note": ""}
            for each in found[start : start + _BATCH]
        ]
        session.execute(_noted(rows))
    gone = (Discrepancy.state == DiscrepancyState.OPEN) & Discrepancy.category.in_(of)
    gone &= Discrepancy.key != all_(literal([each.key for each in found], ARRAY(Text)))
    if since is not None:
        gone &= Discrepancy.moved_at >= since
    if until is not None:
        gone &= Discrepancy.moved_at < until
    session.execute(update(Discrepancy).where(gone).values(state=DiscrepancyState.GONE, settled_at=now))


def open_discrepancies(session: Session) -> Sequence[Discrepancy]:
    """Return what does not agree and is not settled, oldest first."""
    is_open = Discrepancy.state == DiscrepancyState.OPEN
    return session.scalars(select(Discrepancy).where(is_open).order_by(Discrepancy.found_at, Discrepancy.id)).all()


def open_differences(session: Session, *, now: datetime) -> Sequence[OpenDifference]:
    """Return what does not agree and is not settled, oldest first, with owners."""
    return _with_owners(session, open_discrepancies(session), now=now)


def differences_found(session: Session, *, since: datetime, until: datetime, now: datetime) -> Sequence[OpenDifference]:
    """Return what was found in [since, until), whatever became of it, oldest first."""
    when = (Discrepancy.found_at >= since) & (Discrepancy.found_at < until)
    rows = session.scalars(select(Discrepancy).where(when).order_by(Discrepancy.found_at, Discrepancy.id)).all()
    return _with_owners(session, rows, now=now)


def take_difference(session: Session, discrepancy_id: int, *, by: int) -> Discrepancy:
    """Let this person look after a difference from now on. Raises Invalid for one that is settled."""
    row = _locked(session, discrepancy_id)
    before, row.owner_id = row.owner_id, by
    session.flush()
    record(session, "take", f"discrepancy:{row.id}", by=by, before={"owner": before}, after={"owner": by})
    return row


def settle_discrepancy(
    session: Session, discrepancy_id: int, *, note: str, by: int, now: datetime, against: str = ""
) -> Discrepancy:
    """Settle one with the reason, and repair the books by a posting of its own; an entry is never changed.

    A movement is repaired against suspense, or the account `against`; a clearing account or a seller's only when
    `against` says where the rest belongs. What is wrong at Stripe alone has nothing to repair here.
    Raises Invalid without a reason, for one that is settled, and for an account that repairs may not touch.
    """
    if not note.strip():
        raise Invalid("Say what you found and did; the next person reads it.")
    row = _locked(session, discrepancy_id)
    row.repair_id = repair(session, row, against=against)
    row.state, row.note, row.settled_by, row.settled_at = DiscrepancyState.SETTLED, note.strip()[:1000], by, now
    session.flush()
    after = {"category": row.category, "note": row.note, "repair": row.repair_id}
    record(session, "settle", f"discrepancy:{row.id}", by=by, after=after)
    return row


def _noted(rows: Sequence[dict[str, Any]]) -> Insert:
    row = insert(Discrepancy).values(list(rows))
    new = row.excluded
    was_open = Discrepancy.state == DiscrepancyState.OPEN
    before = func.coalesce(Discrepancy.theirs_minor, 0) - func.coalesce(Discrepancy.ours_minor, 0)
    after = func.coalesce(new.theirs_minor, 0) - func.coalesce(new.ours_minor, 0)
    return row.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "theirs_minor": new.theirs_minor,
            "ours_minor": new.ours_minor,
            "state": DiscrepancyState.OPEN,
            "found_at": case((was_open, Discrepancy.found_at), else_=new.found_at),
            "note": "",
            "settled_by": None,
            "settled_at": None,
            "repair_id": None,
        },
        where=or_(Discrepancy.state != DiscrepancyState.SETTLED, before != after),
    )


def _with_owners(session: Session, rows: Sequence[Discrepancy], *, now: datetime) -> Sequence[OpenDifference]:
    owners = {each.owner_id for each in rows if each.owner_id is not None}
    emails = {each.id: each.email for each in session.scalars(select(Person).where(Person.id.in_(owners)))}
    return [OpenDifference(each, (now - each.moved_at).days, emails.get(each.owner_id or 0, "")) for each in rows]


def _locked(session: Session, discrepancy_id: int) -> Discrepancy:
    row = session.get(Discrepancy, discrepancy_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != DiscrepancyState.OPEN:
        raise Invalid("This difference is settled already. Reload the page.")
    return row
