"""What lets a person's API keys rest, cause by cause: they open again only when the last of them is gone."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.events import record
from polidat.people.models import ApiKeyHold, ApiKeyRow, Person


def suspend_keys(session: Session, person_id: int, *, cause: str, now: datetime) -> None:
    """Let every API key of this person rest, those made later too, until `cause` is gone, such as `fraud:17`."""
    row = insert(ApiKeyHold).values(person_id=person_id, cause=cause, since=now)
    if session.scalar(row.on_conflict_do_nothing().returning(ApiKeyHold.cause)) is not None:
        record(session, "suspend_api", f"person:{person_id}", by=None, after={"cause": cause})


def resume_keys(session: Session, cause: str) -> int:
    """Take one cause away wherever it lets keys rest; return of how many people."""
    gone = delete(ApiKeyHold).where(ApiKeyHold.cause == cause).returning(ApiKeyHold.person_id)
    people = session.scalars(gone).all()
    for each in people:
        record(session, "resume_api", f"person:{each}", by=None, before={"cause": cause}, after={"cause": ""})
    return len(people)


def revoke_held_keys(session: Session, cause: str, *, now: datetime) -> int:
    """Make every key that rests for this cause useless for good, and end the cause; return how many keys."""
    held = select(ApiKeyHold.person_id).where(ApiKeyHold.cause == cause)
    theirs = ApiKeyRow.person_id.in_(held) & ApiKeyRow.revoked_at.is_(None)
    keys = session.execute(
        update(ApiKeyRow).where(theirs).values(revoked_at=now).returning(ApiKeyRow.id, ApiKeyRow.person_id)
    ).all()
    for key_id, person_id in keys:
        record(session, "revoke_api", f"person:{person_id}", by=None, after={"id": key_id})
    resume_keys(session, cause)
    return len(keys)


def key_holds_of(session: Session, person: Person) -> Sequence[str]:
    """Return what lets the person's API keys rest, in the order it came."""
    mine = select(ApiKeyHold.cause).where(ApiKeyHold.person_id == person.id)
    return session.scalars(mine.order_by(ApiKeyHold.since, ApiKeyHold.cause)).all()
