"""Licences bought for several people: their buyer gives them away by e-mail, and takes them back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from polidat.access import GrantState, end_seat, grant_seat, grant_state, reads_freely
from polidat.catalog import Agreed, Listing, agree_like, listings_by_id
from polidat.core import Conflict, TooMuch
from polidat.events import emit, record
from polidat.orders.cart_models import Seat
from polidat.orders.errors import AlreadyYours, NoSuchOrder, NoSuchSeat, SeatsTaken
from polidat.orders.events import SeatEnded, SeatGiven, SeatTaken
from polidat.orders.find import order_of
from polidat.orders.models import Order, OrderLine, OrderState
from polidat.orders.refund import locked_order
from polidat.orders.seat_places import (
    first_place,
    free_places,
    kept_licences,
    line_ref,
    running_seats,
    why_own_stays,
)
from polidat.people import Person, normal_email, queue_mail

_OPENS = (GrantState.ACTIVE, GrantState.SUSPENDED)
_PAID = (OrderState.PAID, OrderState.FULFILLED)
_GIVEN_A_DAY = 5  # times the licences of the line: enough for mistakes, too few to send mail to the world


@dataclass(frozen=True)
class LineSeats:
    """How the licences of a line are used: these are `given`, one may be its buyer's own. Without `opens` none does.

    `quantity` is how many there are, without those that went back or are about to. `stays` is why the buyer's own
    cannot be given away, as a sentence; empty when it can. The buyer who has none, and needs one, `may_take` one.
    """

    line: OrderLine
    quantity: int
    given: Sequence[Seat]
    opens: bool
    stays: str
    may_take: bool

    @property
    def yours(self) -> bool:
        """Whether one of them is the buyer's own."""
        return not self.line.for_others

    @property
    def used(self) -> int:
        """How many are somebody's, the buyer's own included."""
        return self.yours + len(self.given)

    @property
    def free(self) -> int:
        """How many can still be given away."""
        return max(self.quantity - self.used, 0) if self.opens else 0


@dataclass(frozen=True)
class GivenSeat:
    """A licence as who was given it sees it; `acceptance_id` is that of its buyer."""

    seat: Seat
    listing: Listing
    giver: Person
    acceptance_id: int

    @property
    def waits(self) -> bool:
        """Whether it has to be accepted first."""
        return self.seat.taken_at is None


def seats_of(session: Session, viewer: Person, order_ref: str) -> Sequence[LineSeats]:
    """Return the lines of an order whose licences can be somebody else's, to its buyer or an operator.

    Raises NoSuchOrder.
    """
    order = order_of(session, viewer, order_ref)
    found = [
        LineSeats(
            line=line,
            quantity=kept_licences(session, order, line),
            given=running_seats(session, order, line.number),
            opens=grant_state(session, line_ref(order, line)) in _OPENS,
            stays=why_own_stays(session, order, line),
            may_take=line.for_others and not _has(session, order, line),
        )
        for line in order.lines
        if line.opens_data
    ]
    return [each for each in found if each.line.quantity > 1 or not each.stays]


def give_seat(
    session: Session, buyer: Person, order_ref: str, number: int, email: str, *, library_url: str, now: datetime
) -> Seat:
    """Give a licence of a line that was paid to whoever has this address; they are told where to accept it.

    Raises NoSuchOrder, SeatsTaken, Conflict for somebody who has one of the line or a line that opens nothing, TooMuch,
    Invalid for a bad address.
    """
    address = normal_email(email)
    order = locked_order(session, order_ref)
    if order is None or order.buyer_id != buyer.id:
        raise NoSuchOrder
    line = next((each for each in order.lines if each.number == number), None)
    if line is None:
        raise NoSuchOrder
    given = running_seats(session, order, number)
    if grant_state(session, line_ref(order, line)) != GrantState.ACTIVE:
        raise Conflict(f"Your licences of “{line.title}” do not open it at the moment, so none can be given away.")
    if address in {buyer.email, *(each.email for each in given)}:
        raise Conflict(f"{address} has a licence of “{line.title}” from this order already, or is your own address.")
    places = free_places(session, order, line)
    if not places:
        raise SeatsTaken(line.title)
    _check_not_too_often(session, order, line, now=now)
    seat = Seat(order_id=order.id, number=number, place=places[0], email=address, given_at=now)
    session.add(seat)
    session.flush()
    record(session, "give_seat", f"order:{order_ref}", by=buyer.id, after={"line": number, "to": address})
    body = (
        f"{buyer.shown_name} ({buyer.email}) has given you a licence of “{line.title}” on PoliDat.\n\n"
        f"Sign in with this address and accept it in your library: {library_url}\n\n"
        "You pay nothing. If you do not know who this is, ignore this mail.\n"
    )
    queue_mail(session, address, f"A licence of “{line.title}” for you", body, now=now)
    emit(session, SeatGiven(seat.id, order_ref, number, buyer.id))
    return seat


def take_back_seat(session: Session, buyer: Person, seat_id: int, *, now: datetime) -> None:
    """Take a licence back, so that it can be given to somebody else; whoever used it is told. Raises NoSuchSeat."""
    order, seat = _locked(session, seat_id)
    if order.buyer_id != buyer.id:
        raise NoSuchSeat
    _end(session, order, seat, buyer.id, now=now)
    if seat.taken_at is not None:
        body = f"{buyer.shown_name} ({buyer.email}) has taken back the licence of “{_title(order, seat)}”.\n"
        queue_mail(session, seat.email, "Your licence was taken back", body, now=now)


def leave_seat(session: Session, person: Person, seat_id: int, *, now: datetime) -> None:
    """Give back, or decline, a licence one was given. Raises NoSuchSeat."""
    order, seat = _locked(session, seat_id)
    if seat.email != person.email:
        raise NoSuchSeat
    _end(session, order, seat, person.id, now=now)


def accept_seat(session: Session, person: Person, seat_id: int, agreed: Agreed, *, now: datetime) -> Seat:
    """Use a licence one was given, under the terms its buyer has accepted; accepting twice changes nothing.

    Raises NoSuchSeat, AlreadyYours, LicenceNotAccepted, AttestationNeeded, NotGivenTo, Invalid.
    """
    order, seat = _locked(session, seat_id)
    line = next(each for each in order.lines if each.number == seat.number)
    if seat.email != person.email or grant_state(session, line_ref(order, line)) not in _OPENS:
        raise NoSuchSeat
    if seat.taken_at is not None:
        return seat
    if reads_freely(session, person, line.dataset_id):
        raise AlreadyYours(line.title)
    (listing,) = listings_by_id(session, [line.listing_id])
    assert line.acceptance_id is not None  # a line that opens has it
    agreement = agree_like(session, person, listing, line.acceptance_id, agreed, now=now)
    seat.person_id, seat.taken_at = person.id, now
    seat.acceptance_id, seat.attestation_id = agreement.acceptance_id, agreement.attestation_id
    session.flush()
    grant_seat(session, person.id, line_ref(order, line), seat.id, now=now)
    record(
        session, "take_seat", f"order:{order.public_id}", by=person.id, after={"line": seat.number, "to": seat.email}
    )
    emit(session, SeatTaken(seat.id, order.public_id, seat.number, person.id))
    return seat


def end_seats_over(session: Session, order: Order, line: OrderLine, kept: int, *, now: datetime) -> None:
    """End what no licence is left for when a line keeps so many: what nobody has accepted first, then the newest."""
    given = running_seats(session, order, line.number)
    over = max(len(given) - max(kept - (not line.for_others), 0), 0)
    ending = sorted(given, key=lambda each: (each.taken_at is not None, -each.id))[:over]
    for each in ending:
        _end(session, order, each, None, now=now)
        body = f"The licence of “{line.title}” you were given has ended, because its price was paid back.\n"
        queue_mail(session, each.email, "Your licence has ended", body, now=now)
    staying = [each for each in given if each not in ending]
    free = sorted(set(range(first_place(line), kept + 1)) - {each.place for each in staying})
    for each in staying:
        if each.place > kept:
            each.place = free.pop(0)
            session.flush()


def given_to(session: Session, person: Person) -> Sequence[GivenSeat]:
    """Return the licences this person was given and may use or accept, the newest first."""
    of_line = (OrderLine.order_id == Seat.order_id) & (OrderLine.number == Seat.number)
    rows = session.execute(
        select(Seat, OrderLine, Order, Listing, Person)
        .join(OrderLine, of_line)
        .join(Order, Order.id == Seat.order_id)
        .join(Listing, Listing.id == OrderLine.listing_id)
        .join(Person, Person.id == Order.buyer_id)
        .where((Seat.email == person.email) & Seat.ended_at.is_(None))
        .order_by(Seat.id.desc())
    )
    return [
        GivenSeat(seat, listing, giver, line.acceptance_id)
        for seat, line, order, listing, giver in rows
        if line.acceptance_id is not None and grant_state(session, line_ref(order, line)) in _OPENS
    ]


def shared_by(session: Session, buyer: Person) -> Mapping[int, str]:
    """Return the orders with licences to give away, by dataset: the newest of each."""
    several = (Order.buyer_id == buyer.id) & ((OrderLine.quantity > 1) | OrderLine.for_others) & Order.state.in_(_PAID)
    rows = select(OrderLine.dataset_id, Order.public_id).join(Order, Order.id == OrderLine.order_id).where(several)
    return {row.dataset_id: row.public_id for row in session.execute(rows.order_by(Order.id))}


def _end(session: Session, order: Order, seat: Seat, by_id: int | None, *, now: datetime) -> None:
    seat.ended_at = now
    session.flush()
    end_seat(session, f"{order.public_id}:{seat.number}", seat.id, now=now)
    told = {"before": {"line": seat.number, "to": seat.email}, "after": {"line": seat.number, "to": ""}}
    record(session, "take_back_seat", f"order:{order.public_id}", by=by_id, **told)
    emit(session, SeatEnded(seat.id, order.public_id, seat.number, by_id))


def _locked(session: Session, seat_id: int) -> tuple[Order, Seat]:
    """A seat that runs and its order, both locked by the order: changes of one order take turns."""
    named = select(Order.public_id).join(Seat, Seat.order_id == Order.id).where(Seat.id == seat_id)
    ref = session.scalar(named)
    order = locked_order(session, ref) if ref is not None else None
    seat = session.get(Seat, seat_id, populate_existing=True) if order is not None else None
    if order is None or seat is None or seat.ended_at is not None:
        raise NoSuchSeat
    return order, seat


def _check_not_too_often(session: Session, order: Order, line: OrderLine, *, now: datetime) -> None:
    lately = (Seat.order_id == order.id) & (Seat.number == line.number) & (Seat.given_at > now - timedelta(days=1))
    if (session.scalar(select(func.count()).where(lately)) or 0) >= _GIVEN_A_DAY * line.quantity:
        raise TooMuch(f"You have given licences of “{line.title}” away too often today. Go on tomorrow.")


def _has(session: Session, order: Order, line: OrderLine) -> bool:
    return reads_freely(session, session.get_one(Person, order.buyer_id), line.dataset_id)


def _title(order: Order, seat: Seat) -> str:
    return next(each.title for each in order.lines if each.number == seat.number)
