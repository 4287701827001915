"""Open what was paid and waited for its buyer, or its seller, to agree."""

from datetime import datetime

from sqlalchemy.orm import Session

from polidat.access import begin
from polidat.catalog import Agreed, agree, listings_by_id
from polidat.orders.errors import NoSuchOrder
from polidat.orders.models import Order, OrderState
from polidat.orders.refund import locked_order
from polidat.people import Person


def accept_for_order(session: Session, buyer: Person, order_ref: str, agreed: Agreed, *, now: datetime) -> Order:
    """Accept the licences of an order that was placed before they had to be, and open what waited for that.

    Raises NoSuchOrder, LicenceNotAccepted.
    """
    order = locked_order(session, order_ref)
    if order is None or order.buyer_id != buyer.id:
        raise NoSuchOrder
    missing = [line for line in order.lines if line.acceptance_id is None]
    listings = listings_by_id(session, [line.listing_id for line in missing])
    accepted = agree(session, buyer, listings, agreed, now=now)
    for line in missing:
        line.acceptance_id = accepted[line.listing_id].acceptance_id
    open_lines(session, order, now=now)
    return order


def open_lines(session: Session, order: Order, *, now: datetime) -> None:
    """Give what of a paid order waits for nobody any more.

    Once nothing waits the order is fulfilled, or declined when nothing of it was given.
    """
    if order.state != OrderState.PAID:
        return
    for line in order.lines:
        if line.may_open:
            begin(session, f"{order.public_id}:{line.number}", now=now)
    if all(line.is_declined for line in order.lines):
        order.state = OrderState.DECLINED
    elif all(line.may_open or line.is_declined for line in order.lines):
        order.state = OrderState.FULFILLED
    session.flush()
