"""What routes take: the house, a transaction, and who asks by which key."""

from collections.abc import Generator
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from pydantic import AwareDatetime, Field
from sqlalchemy.orm import Session

from polidat.api.client import network_of
from polidat.api.errors import key_missing
from polidat.core import NotAllowed
from polidat.people import KeyHolder, KeyScope, Person, holder_of_key, note_network
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


def maybe_holder(
    house: TheHouse, request: Request, key: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> KeyHolder | None:
    """Return who sent a key; None without one. Raises NotSignedIn for a bad key, CallsUsedUp for a busy one."""
    if key is None:
        return None
    now = house.now()
    with house.unit_of_work() as session:
        holder = holder_of_key(session, key.credentials, now=now)
        note_network(session, holder.person.id, network_of(request), now=now)
    request.app.state.calls.take(holder.key_id, per_minute=house.settings.api_calls_per_minute, now=now)
    return holder


_MaybeHolder = Annotated[KeyHolder | None, Depends(maybe_holder)]


async def maybe_caller(who: _MaybeHolder) -> Person | None:
    """Return whose key was sent; None without one."""
    return who.person if who else None


async def caller(who: _MaybeHolder, needed: SecurityScopes) -> Person:
    """Return whose key was sent. Raises NotSignedIn without one, NotAllowed unless it may do one of what is needed."""
    if who is None:
        raise key_missing()
    return who.check_may(*map(KeyScope, needed.scopes))


async def operator(who: Annotated[Person, Security(caller, scopes=[KeyScope.OPERATE])]) -> Person:
    """Return the operator whose key was sent. Raises NotAllowed for anybody else."""
    if not who.is_operator:
        raise NotAllowed("Only operators may do this.")
    return who


MaybeCaller = Annotated[Person | None, Depends(maybe_caller)]
Reader = Annotated[Person, Security(caller, scopes=[KeyScope.READ])]
Shopper = Annotated[Person, Security(caller, scopes=[KeyScope.READ, KeyScope.BUY])]
Buyer = Annotated[Person, Security(caller, scopes=[KeyScope.BUY])]
Seller = Annotated[Person, Security(caller, scopes=[KeyScope.SELL])]
Payer = Annotated[Person, Security(caller, scopes=[KeyScope.PAYOUT])]
Operator = Annotated[Person, Depends(operator)]
_Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))]
From = Annotated[_Day, Query(alias="from")]
To = Annotated[_Day, Query(alias="to")]
CurrencyCode = Annotated[str, Query(alias="currency", min_length=3, max_length=3)]
When = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(3000, 1, 1, tzinfo=UTC))]
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]  # what fits into a bigint
IdempotencyKey = Annotated[str, Header(min_length=16, max_length=80)]
