"""What may be done once: the caller names the click, and hears the same answer however often it is sent."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.core import Conflict, secret_digest
from polidat.people.models import ApiCall, Person

_REMEMBERED_FOR = timedelta(days=30)


class KeyOfAnotherCall(Conflict):
    """The same key for two different things."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for something else. Take a new one for a new request.")


def noted_call(session: Session, whose: Person, key: str, asked: str, *, now: datetime) -> ApiCall:
    """Return the call under this key, new or known, so that nobody else makes it before this unit of work ends.

    `asked` is the request in words. `made` is empty until the caller says what came of it; a call whose transaction
    fails is forgotten with it. Keys are forgotten after 30 days. Raises KeyOfAnotherCall.
    """
    session.execute(
        delete(ApiCall).where((ApiCall.person_id == whose.id) & (ApiCall.called_at < now - _REMEMBERED_FOR))
    )
    digest = secret_digest(asked)
    row = insert(ApiCall).values(person_id=whose.id, key=key, asked=digest, made="", called_at=now)
    session.execute(row.on_conflict_do_nothing())
    mine = select(ApiCall).where((ApiCall.person_id == whose.id) & (ApiCall.key == key)).with_for_update()
    call = session.scalars(mine.execution_options(populate_existing=True)).one()
    if call.asked != digest:
        raise KeyOfAnotherCall
    return call


def do_once(session: Session, whose: Person, key: str, asked: str, work: Callable[[], str], *, now: datetime) -> str:
    """Do the work and return the id of what it made; if this key did it before, only return that.

    Raises KeyOfAnotherCall, and what the work raises.
    """
    call = noted_call(session, whose, key, asked, now=now)
    call.made = call.made or work()
    session.flush()
    return call.made
