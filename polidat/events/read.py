"""Read the log by position."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.events.models import EventCursor, LogEvent


def events_after(session: Session, reader: str, *, limit: int = 500) -> Sequence[LogEvent]:
    """Return the next facts for a named reader, oldest first. Nothing moves until `advance` is called."""
    position = session.scalar(select(EventCursor.position).where(EventCursor.reader == reader)) or 0
    statement = (
        select(LogEvent).where(LogEvent.position > position).order_by(LogEvent.position, LogEvent.op).limit(limit)
    )
    found = list(session.scalars(statement))
    if len(found) == limit and not found[-1].last and found[0].position != found[-1].position:
        found = [each for each in found if each.position != found[-1].position]  # never half a transaction
    return found


def advance(session: Session, reader: str, position: int) -> None:
    """Note that the reader has dealt with everything up to `position`; call it in the transaction of the effect."""
    statement = insert(EventCursor).values(reader=reader, position=position)
    session.execute(statement.on_conflict_do_update(index_elements=["reader"], set_={"position": position}))
