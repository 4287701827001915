"""The time of a test clock: what belongs to its customers happens then, whatever the time of the sandbox is."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from stripe_sandbox.call import Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.plain import find
from stripe_sandbox.store import Row

KIND: Final = "test_helpers.test_clock"
_CUSTOMERS_MAX: Final = 3


@contextmanager
def at_clock(call: Call, clock_id: str | None) -> Generator[None]:
    """Do what follows at the time of this clock; without one at the time of the sandbox."""
    clock = call.tx.get(clock_id, KIND) if clock_id else None
    now = call.now
    if clock is not None:
        call.now = clock.body["frozen_time"]
    try:
        yield
    finally:
        call.now = now


def find_clock(call: Call, clock_id: str, *, param: str = "id", status: int = 404) -> Row:
    """Give a test clock of the account of the call."""
    return find(call, KIND, clock_id, noun="test clock", param=param, status=status)


def place_on_clock(call: Call, clock_id: str) -> str:
    """Give the id of a clock that has room for one more customer."""
    clock = find_clock(call, clock_id, param="test_clock", status=400)
    if len(customers_on(call, clock.id)) >= _CUSTOMERS_MAX:
        raise invalid(f"A test clock holds at most {_CUSTOMERS_MAX} customers.", param="test_clock")
    return clock.id


def customers_on(call: Call, clock_id: str) -> list[Row]:
    """Give the customers of a clock."""
    where = "body ->> '$.test_clock' = ? AND hidden ->> '$.deleted' IS NULL"
    return call.tx.find("customer", where, (clock_id,))
