"""Open what was paid and waited for its buyer, or its seller, to agree."""

from datetime import datetime

from sqlalchemy.orm import Session

from polidat.catalog import Agreed, agree, listings_by_id
from polidat.orders.errors import NoSuchOrder
from polidat.orders.models import Order
from polidat.orders.parcel import open_lines
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
