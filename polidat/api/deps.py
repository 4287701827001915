"""What routes take: the house, a transaction, and who asks."""

from collections.abc import Generator
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from polidat.api.client import network_of
from polidat.api.errors import key_missing
from polidat.people import Person, note_network, person_of_key
from polidat.wiring import House

_bearer = HTTPBearer(auto_error=False, description="An API key of yours, `pd_…`.")


async def open_house_of(request: Request) -> House:
    """Return the open house."""
    # async, like `caller`: a plain function would be sent to a thread and back, for nothing
    return request.app.state.house_of()


TheHouse = Annotated[House, Depends(open_house_of)]


def work(house: TheHouse) -> Generator[Session]:
    """Open a unit of work that ends before the answer is sent: a commit that fails is an error, not a 201."""
    with house.unit_of_work() as session:
        yield session


def look(house: TheHouse) -> Generator[Session]:
    """Open a reading."""
    with house.reading() as session:
        yield session


Work = Annotated[Session, Depends(work, scope="function")]
Look = Annotated[Session, Depends(look, scope="function")]


def maybe_caller(
    house: TheHouse, request: Request, key: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Person | None:
    """Return whose key was sent; None without one. Raises NotSignedIn for a bad key."""
    if key is None:
        return None
    with house.unit_of_work() as session:
        person = person_of_key(session, key.credentials, now=house.now())
        note_network(session, person.id, network_of(request), now=house.now())
        return person


async def caller(who: Annotated[Person | None, Depends(maybe_caller)]) -> Person:
    """Return whose key was sent. Raises NotSignedIn without one."""
    if who is None:
        raise key_missing()
    return who


Caller = Annotated[Person, Depends(caller)]
MaybeCaller = Annotated[Person | None, Depends(maybe_caller)]
