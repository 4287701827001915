"""Give and take the right to read."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.access.errors import NoSuchGrant
from polidat.access.events import AccessEnded, AccessGranted
from polidat.access.models import Entitlement, GrantKind, GrantState
from polidat.events import emit, record


def grant(
    session: Session,
    person_id: int,
    dataset_id: int,
    *,
    order_line: str,
    kind: GrantKind,
    now: datetime,
    waits: bool = False,
) -> Entitlement:
    """Let the person read all versions of the dataset, current and to come; with `waits`, not before `begin`.

    `order_line` names the cause, such as `ord_…:1`: the same cause grants once, and never revives what was revoked.
    """
    row = insert(Entitlement).values(
        dataset_id=dataset_id,
        person_id=person_id,
        order_line=order_line,
        kind=kind,
        state=GrantState.PENDING if waits else GrantState.ACTIVE,
        granted_at=now,
        changed_at=now,
    )
    added = session.scalar(row.on_conflict_do_nothing(index_elements=["order_line"]).returning(Entitlement.id))
    if added is not None:
        told = {"person": person_id, "dataset": dataset_id} | ({"state": GrantState.PENDING} if waits else {})
        record(session, "grant", f"line:{order_line}", by=None, after=told)
        if not waits:
            emit(session, AccessGranted(dataset_id, person_id, order_line, kind))
    return session.scalars(select(Entitlement).where(Entitlement.order_line == order_line)).one()


def begin(session: Session, order_line: str, *, now: datetime) -> Entitlement:
    """Open the grant of this line that waited; one that did not stays as it is. Raises NoSuchGrant."""
    return _wake(session, order_line, GrantState.PENDING, "begin", now=now)


def revoke(session: Session, order_line: str, *, now: datetime) -> Entitlement:
    """End the grant that came from this line; other grants for the same dataset stay. Raises NoSuchGrant."""
    found = _locked(session, order_line)
    if found.state != GrantState.REVOKED:
        _change(session, found, GrantState.REVOKED, now=now)
    return found


def expire(session: Session, order_line: str, *, now: datetime) -> Entitlement:
    """End the grant of this line because its time is over; one that was revoked stays so. Raises NoSuchGrant."""
    found = _locked(session, order_line)
    if found.state in (GrantState.PENDING, GrantState.ACTIVE, GrantState.SUSPENDED):
        _change(session, found, GrantState.EXPIRED, now=now)
    return found


def suspend(session: Session, order_line: str, *, now: datetime) -> Entitlement:
    """Let the grant of this line rest while its payment is disputed; one that ended stays so. Raises NoSuchGrant."""
    found = _locked(session, order_line)
    if found.state == GrantState.ACTIVE:
        _change(session, found, GrantState.SUSPENDED, now=now)
    return found


def restore(session: Session, order_line: str, *, now: datetime) -> Entitlement:
    """Wake the grant of this line up again, if it rests; one that ended stays so. Raises NoSuchGrant."""
    return _wake(session, order_line, GrantState.SUSPENDED, "restore", now=now)


def _wake(session: Session, order_line: str, state: GrantState, action: str, *, now: datetime) -> Entitlement:
    found = _locked(session, order_line)
    if found.state == state:
        found.state, found.changed_at = GrantState.ACTIVE, now
        session.flush()
        record(session, action, f"line:{order_line}", by=None, after={"person": found.person_id})
        emit(session, AccessGranted(found.dataset_id, found.person_id, order_line, found.kind))
    return found


def _locked(session: Session, order_line: str) -> Entitlement:
    found = session.scalar(select(Entitlement).where(Entitlement.order_line == order_line).with_for_update())
    if found is None:
        raise NoSuchGrant(order_line)
    return found


def _change(session: Session, found: Entitlement, state: GrantState, *, now: datetime) -> None:
    was, found.state, found.changed_at = found.state, state, now
    session.flush()
    before, after = {"state": was}, {"state": state, "person": found.person_id}
    record(session, "access", f"line:{found.order_line}", by=None, before=before, after=after)
    emit(session, AccessEnded(found.dataset_id, found.person_id, found.order_line, state))
