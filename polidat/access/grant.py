"""Give and take the right to read."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.access.errors import NoSuchGrant
from polidat.access.events import AccessEnded, AccessGranted
from polidat.access.models import Entitlement, EntitlementHold, GrantKind, GrantState
from polidat.events import emit, record

_RUNNING = (GrantState.PENDING, GrantState.ACTIVE, GrantState.SUSPENDED)


def grant(
    session: Session,
    person_id: int,
    dataset_id: int,
    *,
    order_line: str,
    kind: GrantKind,
    now: datetime,
    waits: bool = False,
    opens: bool = True,
) -> Entitlement:
    """Let the person read all versions of the dataset, current and to come; with `waits`, not before `begin`.

    Without `opens` the person does not read by it, only whom they give seats of the line. `order_line` names the cause,
    such as `ord_…:1`: the same cause grants once, and never revives what was revoked.
    """
    row = insert(Entitlement).values(
        dataset_id=dataset_id,
        person_id=person_id,
        order_line=order_line,
        kind=kind,
        state=GrantState.PENDING if waits else GrantState.ACTIVE,
        opens=opens,
        granted_at=now,
        changed_at=now,
    )
    added = session.scalar(row.on_conflict_do_nothing(index_elements=["order_line"]).returning(Entitlement.id))
    if added is not None:
        told = {"person": person_id, "dataset": dataset_id} | ({"state": GrantState.PENDING} if waits else {})
        record(session, "grant", f"line:{order_line}", by=None, after=told)
        if opens and not waits:
            emit(session, AccessGranted(dataset_id, person_id, order_line, kind))
    return session.scalars(select(Entitlement).where(Entitlement.order_line == order_line)).one()


def grant_seat(session: Session, person_id: int, order_line: str, seat_id: int, *, now: datetime) -> Entitlement:
    """Let the person read by a seat of a line somebody else has paid for; what holds the line holds the seat too.

    Raises NoSuchGrant for a line that has ended, or has not begun.
    """
    own, *_ = _locked(session, order_line)
    if own.state not in (GrantState.ACTIVE, GrantState.SUSPENDED):
        raise NoSuchGrant(order_line)
    seat, causes = seat_line(order_line, seat_id), holds_on(session, order_line)
    kind = GrantKind(own.kind)
    found = grant(session, person_id, own.dataset_id, order_line=seat, kind=kind, now=now, waits=bool(causes))
    for cause in causes:
        suspend(session, seat, cause=cause, now=now)
    return begin(session, seat, now=now) if causes else found


def end_seat(session: Session, order_line: str, seat_id: int, *, now: datetime) -> None:
    """End what a seat opens, because it is somebody else's or nobody's now; nothing happens where it opens nothing."""
    mine = select(Entitlement).where(Entitlement.order_line == seat_line(order_line, seat_id)).with_for_update()
    found = session.scalar(mine)
    if found is not None and found.state in _RUNNING:
        _end(session, found, GrantState.TAKEN_BACK, now=now)


def open_own(session: Session, order_line: str, opens: bool, *, now: datetime) -> None:
    """Let the person of a line read by it, or not any more; its seats are not touched. Raises NoSuchGrant."""
    own, *_ = _locked(session, order_line)
    if own.opens == opens:
        return
    own.opens, own.changed_at = opens, now
    session.flush()
    told = {"person": own.person_id, "state": "own" if opens else "for others"}
    record(session, "access", f"line:{order_line}", by=own.person_id, after=told)
    if opens and own.state == GrantState.ACTIVE:
        emit(session, AccessGranted(own.dataset_id, own.person_id, order_line, own.kind))
    elif own.state == GrantState.ACTIVE:
        emit(session, AccessEnded(own.dataset_id, own.person_id, order_line, GrantState.TAKEN_BACK))


def seat_line(order_line: str, seat_id: int) -> str:
    """Return the name of what a seat of a line opens, such as `ord_…:1/7`."""
    return f"{order_line}/{seat_id}"


def begin(session: Session, order_line: str, *, now: datetime) -> Entitlement:
    """Open the grant of this line that waited, unless something holds it; one that did not stays as it is.

    Raises NoSuchGrant.
    """
    own, *seats = _locked(session, order_line)
    for found in (own, *seats):
        if found.state == GrantState.PENDING and holds_on(session, found.order_line):
            _change(session, found, GrantState.SUSPENDED, now=now)
        elif found.state == GrantState.PENDING:
            _wake(session, found, "begin", now=now)
    return own


def revoke(session: Session, order_line: str, *, now: datetime) -> Entitlement:
    """End the grant that came from this line, with all its seats; other grants for the same dataset stay.

    Raises NoSuchGrant.
    """
    own, *seats = _locked(session, order_line)
    for found in (own, *seats):
        if found.state not in (GrantState.REVOKED, GrantState.TAKEN_BACK):
            _end(session, found, GrantState.REVOKED, now=now)
    return own


def expire(session: Session, order_line: str, *, now: datetime) -> Entitlement:
    """End the grant of this line because its time is over; one that was revoked stays so. Raises NoSuchGrant."""
    own, *seats = _locked(session, order_line)
    for found in (own, *seats):
        if found.state in _RUNNING:
            _end(session, found, GrantState.EXPIRED, now=now)
    return own


def suspend(session: Session, order_line: str, *, cause: str, now: datetime) -> Entitlement:
    """Let the grant of this line and all its seats rest until `cause` is gone; one that ended stays so.

    `cause` names what holds it, such as `dispute:dp_…` or `fraud:17`: each holds once, whatever else does.
    Raises NoSuchGrant.
    """
    own, *seats = _locked(session, order_line)
    for found in (own, *seats):
        _hold(session, found, cause, now=now)
    return own


def restore(session: Session, order_line: str, *, cause: str, now: datetime) -> Entitlement:
    """Take one cause away; what it held of this line wakes up when it was the last. What ended stays so.

    Raises NoSuchGrant.
    """
    own, *seats = _locked(session, order_line)
    for found in (own, *seats):
        _release(session, found, cause, now=now)
    return own


def restore_held(session: Session, cause: str, *, now: datetime) -> int:
    """Take one cause away wherever it holds a line; return how many it held."""
    held = select(Entitlement.paid_line).join(EntitlementHold).where(EntitlementHold.cause == cause)
    lines = session.scalars(held.group_by(Entitlement.paid_line).order_by(func.min(Entitlement.id))).all()
    for each in lines:
        restore(session, each, cause=cause, now=now)
    return len(lines)


def holds_on(session: Session, order_line: str) -> Sequence[str]:
    """Return what lets the grant of this line rest, in the order it came; nothing holds one that ended."""
    held = select(EntitlementHold.cause).join(Entitlement).where(Entitlement.order_line == order_line)
    return session.scalars(held.order_by(EntitlementHold.since, EntitlementHold.cause)).all()


def is_held(order_line: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that something lets the grant of a line rest, for a query over lines."""
    return select(EntitlementHold.cause).join(Entitlement).where(Entitlement.order_line == order_line).exists()


def _hold(session: Session, found: Entitlement, cause: str, *, now: datetime) -> None:
    if found.state not in _RUNNING:
        return
    hold = insert(EntitlementHold).values(entitlement_id=found.id, cause=cause, since=now)
    added = session.scalar(hold.on_conflict_do_nothing().returning(EntitlementHold.cause))
    if added is not None:
        told = {"cause": cause, "person": found.person_id}
        record(session, "hold", f"line:{found.order_line}", by=None, after=told)
    if found.state == GrantState.ACTIVE:
        _change(session, found, GrantState.SUSPENDED, now=now)


def _release(session: Session, found: Entitlement, cause: str, *, now: datetime) -> None:
    _drop_holds(session, found, EntitlementHold.cause == cause)
    held = session.scalar(select(EntitlementHold.cause).where(EntitlementHold.entitlement_id == found.id).limit(1))
    if found.state == GrantState.SUSPENDED and held is None:
        _wake(session, found, "restore", now=now)


def _end(session: Session, found: Entitlement, state: GrantState, *, now: datetime) -> None:
    """End a grant; what held it has nothing left to hold, and must keep nothing else waiting."""
    _drop_holds(session, found, true())
    _change(session, found, state, now=now)


def _drop_holds(session: Session, found: Entitlement, which: ColumnElement[bool]) -> None:
    mine = (EntitlementHold.entitlement_id == found.id) & which
    gone = session.scalars(delete(EntitlementHold).where(mine).returning(EntitlementHold.cause)).all()
    for cause in sorted(gone):
        told = {"cause": cause, "person": found.person_id}
        record(session, "unhold", f"line:{found.order_line}", by=None, before=told)


def _wake(session: Session, found: Entitlement, action: str, *, now: datetime) -> None:
    found.state, found.changed_at = GrantState.ACTIVE, now
    session.flush()
    record(session, action, f"line:{found.order_line}", by=None, after={"person": found.person_id})
    if found.opens:
        emit(session, AccessGranted(found.dataset_id, found.person_id, found.order_line, found.kind))


def _locked(session: Session, order_line: str) -> Sequence[Entitlement]:
    """The grant of a line, and those of its seats, in the order they were given.

    The line's own is locked before its seats are looked for: a seat that is being taken meanwhile is among them.
    """
    own = session.scalar(select(Entitlement).where(Entitlement.order_line == order_line).with_for_update())
    if own is None:
        raise NoSuchGrant(order_line)
    seats = select(Entitlement).where((Entitlement.paid_line == order_line) & (Entitlement.id != own.id))
    return [own, *session.scalars(seats.order_by(Entitlement.id).with_for_update()).all()]


def _change(session: Session, found: Entitlement, state: GrantState, *, now: datetime) -> None:
    was, found.state, found.changed_at = found.state, state, now
    session.flush()
    before, after = {"state": was}, {"state": state, "person": found.person_id}
    record(session, "access", f"line:{found.order_line}", by=None, before=before, after=after)
    if found.opens:
        emit(session, AccessEnded(found.dataset_id, found.person_id, found.order_line, state))
