"""Seats: who has the licences of an order."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from polidat.api.bodies import Body
from polidat.api.deps import Buyer, Look, Shopper, TheHouse, Work
from polidat.api.order_bodies import Accepting, agreed
from polidat.api.paging import ThePage
from polidat.catalog import askings_for, licence_like
from polidat.orders import (
    GivenSeat,
    NoSuchSeat,
    Seat,
    accept_seat,
    give_own_seat,
    give_seat,
    given_to,
    leave_seat,
    seats_of,
    take_back_seat,
    take_own_seat,
)
from polidat.people import Person

router = APIRouter(prefix="/v1/orders", tags=["orders"])
given_router = APIRouter(prefix="/v1/seats", tags=["orders"])


class SeatOut(BaseModel):
    """A licence of a line that was given to somebody; without `taken_at` it is not accepted yet."""

    id: int
    line: int
    email: str
    given_at: datetime
    taken_at: datetime | None

    @classmethod
    def of(cls, seat: Seat) -> "SeatOut":
        """Return the licence as the API shows it."""
        return cls(id=seat.id, line=seat.number, email=seat.email, given_at=seat.given_at, taken_at=seat.taken_at)


class LineSeatsOut(BaseModel):
    """Who has the licences of a line: one may be yours, these are given, so many can still be given.

    `yours_stays` is why yours cannot be given away; empty when it can.
    """

    line: int
    quantity: int
    yours: bool
    yours_stays: str
    free: int
    given: list[SeatOut]


class NewSeat(Body):
    """Whom to give a licence of which line: they accept it in their library, signed in with this address.

    With `own` it is the one that is yours, which you do not use from then on.
    """

    line: int
    email: str = Field(max_length=320)
    own: bool = False


class LineIn(Body):
    """Which line."""

    line: int


@router.get("/{order_id}/seats")
def list_seats(order_id: str, session: Look, buyer: Shopper, page: ThePage) -> list[LineSeatsOut]:
    """List who has the licences of an order's lines, where they can be somebody else's."""
    return list(page.of(_seats(session, buyer, order_id), lambda each: each.line))


def _seats(session: Session, buyer: Person, order_id: str) -> list[LineSeatsOut]:
    return [
        LineSeatsOut(
            line=each.line.number,
            quantity=each.quantity,
            yours=each.yours,
            yours_stays=each.stays,
            free=each.free,
            given=[SeatOut.of(seat) for seat in each.given],
        )
        for each in seats_of(session, buyer, order_id)
    ]


@router.post("/{order_id}/seats", status_code=201)
def create_seat(order_id: str, body: NewSeat, house: TheHouse, session: Work, buyer: Buyer) -> SeatOut:
    """Give a licence away; they get a mail."""
    library, give = f"{house.settings.base_url}/library", give_own_seat if body.own else give_seat
    return SeatOut.of(give(session, buyer, order_id, body.line, body.email, library_url=library, now=house.now()))


@router.post("/{order_id}/seats/own")
def take_own(order_id: str, body: LineIn, house: TheHouse, session: Work, buyer: Buyer) -> list[LineSeatsOut]:
    """Use a licence of the line yourself that nobody has."""
    take_own_seat(session, buyer, order_id, body.line, now=house.now())
    return _seats(session, buyer, order_id)


@router.delete("/{order_id}/seats/{seat_id}", status_code=204)
def delete_seat(order_id: str, seat_id: int, house: TheHouse, session: Work, buyer: Buyer) -> None:
    """Take a licence back."""
    if all(seat_id != each.id for line in seats_of(session, buyer, order_id) for each in line.given):
        raise NoSuchSeat
    take_back_seat(session, buyer, seat_id, now=house.now())


class LicenceToAccept(BaseModel):
    """The terms you have to accept first, as the buyer did: send its `id` as `accept_licence`."""

    id: int
    code: str
    text: str


class GivenSeatOut(BaseModel):
    """A licence somebody gives you; without `taken_at` you have not accepted it yet.

    `licence` is None when you have accepted these terms before; with `asks` the listing asks who you are.
    """

    id: int
    listing: str
    title: str
    given_by: str
    given_at: datetime
    taken_at: datetime | None
    licence: LicenceToAccept | None
    asks: bool

    @classmethod
    def of(cls, session: Session, person: Person, given: GivenSeat) -> "GivenSeatOut":
        """Return what was given as the API shows it to whom it was given."""
        terms = licence_like(session, person, given.acceptance_id)
        return cls(
            id=given.seat.id,
            listing=given.listing.slug,
            title=given.listing.title,
            given_by=given.giver.email,
            given_at=given.seat.given_at,
            taken_at=given.seat.taken_at,
            licence=LicenceToAccept(id=terms.id, code=terms.code, text=terms.text) if terms else None,
            asks=bool(askings_for(session, person, [given.listing])),
        )


@given_router.get("")
def list_given(session: Look, person: Shopper, page: ThePage) -> list[GivenSeatOut]:
    """List the licences others give you, the newest first."""
    return [
        GivenSeatOut.of(session, person, each) for each in page.of(given_to(session, person), lambda each: each.seat.id)
    ]


@given_router.post("/{seat_id}/accept")
def accept_given(seat_id: int, body: Accepting, house: TheHouse, session: Work, person: Buyer) -> GivenSeatOut:
    """Accept a licence with its terms; accepting twice changes nothing."""
    accept_seat(session, person, seat_id, agreed(body.accept_licence, body.attestation), now=house.now())
    (found,) = (each for each in given_to(session, person) if each.seat.id == seat_id)
    return GivenSeatOut.of(session, person, found)


@given_router.delete("/{seat_id}", status_code=204)
def leave_given(seat_id: int, house: TheHouse, session: Work, person: Buyer) -> None:
    """Decline a licence, or give it back."""
    leave_seat(session, person, seat_id, now=house.now())
