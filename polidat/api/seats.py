"""Seats: who has the licences of an order."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from polidat.api.deps import Buyer, Look, Shopper, TheHouse, Work
from polidat.api.paging import ThePage
from polidat.orders import NoSuchSeat, Seat, give_seat, seats_of, take_back_seat

router = APIRouter(prefix="/v1/orders", tags=["orders"])


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
    """Who has the licences of a line: one is yours, these are given, so many can still be given."""

    line: int
    quantity: int
    free: int
    given: list[SeatOut]


class NewSeat(BaseModel):
    """Whom to give a licence of which line: they accept it in their library, signed in with this address."""

    line: int
    email: str = Field(max_length=320)


@router.get("/{order_id}/seats")
def list_seats(order_id: str, session: Look, buyer: Shopper, page: ThePage) -> list[LineSeatsOut]:
    """List who has the licences of an order's lines, where a line is of several."""
    return [
        LineSeatsOut(
            line=each.line.number,
            quantity=each.quantity,
            free=each.free,
            given=[SeatOut.of(seat) for seat in each.given],
        )
        for each in page.of(seats_of(session, buyer, order_id), lambda each: each.line.number)
    ]


@router.post("/{order_id}/seats", status_code=201)
def create_seat(order_id: str, body: NewSeat, house: TheHouse, session: Work, buyer: Buyer) -> SeatOut:
    """Give a licence away; they get a mail."""
    library = f"{house.settings.base_url}/library"
    return SeatOut.of(give_seat(session, buyer, order_id, body.line, body.email, library_url=library, now=house.now()))


@router.delete("/{order_id}/seats/{seat_id}", status_code=204)
def delete_seat(order_id: str, seat_id: int, house: TheHouse, session: Work, buyer: Buyer) -> None:
    """Take a licence back."""
    if all(seat_id != each.id for line in seats_of(session, buyer, order_id) for each in line.given):
        raise NoSuchSeat
    take_back_seat(session, buyer, seat_id, now=house.now())
