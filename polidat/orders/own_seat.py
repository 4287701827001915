"""The buyer's own licence of a line: given to somebody else as long as it was not used, and taken again."""

from datetime import datetime

from sqlalchemy.orm import Session

from polidat.access import GrantState, grant_state, open_own, reads_freely
from polidat.core import Conflict
from polidat.events import record
from polidat.orders.cart_models import Seat
from polidat.orders.errors import AlreadyYours, NoSuchOrder, OwnLicenceStays, SeatsTaken
from polidat.orders.models import Order, OrderLine
from polidat.orders.refund import locked_order
from polidat.orders.seat_places import free_places, line_ref, running_seats, why_own_stays
from polidat.orders.seats import give_seat
from polidat.people import Person


def give_own_seat(
    session: Session, buyer: Person, order_ref: str, number: int, email: str, *, library_url: str, now: datetime
) -> Seat:
    """Give the buyer's own licence of a line away: the buyer does not read by it any more, from now on.

    Raises OwnLicenceStays for one that was used, is free, or is gone already, and what `give_seat` raises.
    """
    order, line = _line(session, buyer, order_ref, number)
    why = "You have given it away already." if line.for_others else why_own_stays(session, order, line)
    if why:
        raise OwnLicenceStays(line.title, why)
    line.for_others = True
    session.flush()
    open_own(session, line_ref(order, line), False, now=now)
    return give_seat(session, buyer, order_ref, number, email, library_url=library_url, now=now)


def take_own_seat(session: Session, buyer: Person, order_ref: str, number: int, *, now: datetime) -> None:
    """Let the buyer use a licence of the line that nobody has.

    Raises NoSuchOrder, AlreadyYours, SeatsTaken, Conflict for a line that opens nothing now.
    """
    order, line = _line(session, buyer, order_ref, number)
    if not line.for_others or reads_freely(session, buyer, line.dataset_id):
        raise AlreadyYours(line.title)
    places = free_places(session, order, line)
    if not places:
        raise SeatsTaken(line.title)
    first = next((each for each in running_seats(session, order, number) if each.place == 1), None)
    if first is not None:
        first.place = places[0]
    line.for_others = False
    session.flush()
    open_own(session, line_ref(order, line), True, now=now)
    record(session, "take_seat", f"order:{order_ref}", by=buyer.id, after={"line": number, "to": buyer.email})


def _line(session: Session, buyer: Person, order_ref: str, number: int) -> tuple[Order, OrderLine]:
    """A line of the buyer's order, locked. Raises NoSuchOrder, Conflict while its licences do not open it."""
    order = locked_order(session, order_ref)
    line = next((each for each in order.lines if each.number == number), None) if order is not None else None
    if order is None or line is None or order.buyer_id != buyer.id or not line.opens_data:
        raise NoSuchOrder
    if grant_state(session, line_ref(order, line)) != GrantState.ACTIVE:
        raise Conflict(f"Your licences of “{line.title}” do not open it at the moment, so none can change hands.")
    return order, line
