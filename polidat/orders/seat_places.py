"""The licences of a line: how many are left, who has which place, and whether the buyer's own can be given away."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.access import has_used
from polidat.catalog import listings_by_id
from polidat.orders.cart_models import Seat
from polidat.orders.models import Order, OrderLine
from polidat.orders.place import quantity_most
from polidat.orders.refund import returned
from polidat.people import Person


def line_ref(order: Order, line: OrderLine) -> str:
    """Return the name of a line's grant, such as `ord_…:1`."""
    return f"{order.public_id}:{line.number}"


def running_seats(session: Session, order: Order, number: int) -> Sequence[Seat]:
    """Return the licences of a line that are given to somebody, by place."""
    of_line = (Seat.order_id == order.id) & (Seat.number == number) & Seat.ended_at.is_(None)
    return session.scalars(select(Seat).where(of_line).order_by(Seat.place)).all()


def kept_licences(session: Session, order: Order, line: OrderLine) -> int:
    """Return how many licences a line has, without those that went back or are about to."""
    return line.quantity - returned(session, order, line.number)


def first_place(line: OrderLine) -> int:
    """Return the first place that can be given away: one is the buyer's own, unless all are for others."""
    return 1 if line.for_others else 2


def free_places(session: Session, order: Order, line: OrderLine) -> Sequence[int]:
    """Return the places nobody has, the first one first."""
    given = {each.place for each in running_seats(session, order, line.number)}
    return sorted(set(range(first_place(line), kept_licences(session, order, line) + 1)) - given)


def why_own_stays(session: Session, order: Order, line: OrderLine) -> str:
    """Return why the buyer's own licence of a line cannot be given away, as a sentence; empty when it can.

    Who has read the data could keep what they saw: a licence that was used stays where it is.
    """
    if line.for_others:
        return ""
    (listing,) = listings_by_id(session, [line.listing_id])
    if line.unit_price.minor == 0 or quantity_most(session, listing) == 1:
        return "It is free for everybody, or its seller decides about each buyer."
    buyer = session.get_one(Person, order.buyer_id)
    if has_used(session, buyer, line.dataset_id, since=order.paid_at or order.placed_at):
        return "You have used it since you bought it. Buy further licences for others instead."
    return ""
