"""Give some licences of a line back: their price to the buyer, and their seats to nobody."""

from datetime import datetime

from sqlalchemy.orm import Session

from polidat.core import Invalid, NotFound
from polidat.orders.errors import NoSuchOrder, NothingToRefund
from polidat.orders.events import OrderRefunded
from polidat.orders.refund import give_back, locked_order, paid_lines, returned, tell_asked
from polidat.orders.rules import returned_price
from polidat.orders.seats import end_seats_over
from polidat.payments import Refund
from polidat.people import Person


def refund_licences(
    session: Session, by: Person, order_ref: str, number: int, licences: int, *, now: datetime
) -> Refund:
    """Write down that so many licences of a line go back; a job asks Stripe once that is committed.

    They are paid back at their own price, to the cent, and the last ones with all that is left of the line. Licences
    nobody was given end first, then those that were given last; the buyer's own goes with the rest.
    An operator may refund any line, a seller the lines sold by them. Raises NoSuchOrder, NotFound for a line of
    somebody else, NothingToRefund, Invalid for more licences, or more money, than is left, RefundTooLarge,
    RefundWhileDisputed.
    """
    order = locked_order(session, order_ref)
    if order is None:
        raise NoSuchOrder
    sold = {each.number: each for each in order.lines if by.is_operator or each.seller_id == by.id}
    if not sold:
        raise NoSuchOrder
    if order.paid_charge is None:
        raise NothingToRefund
    line, paid = sold.get(number), {each.number: each for each in paid_lines(session, order)}.get(number)
    if line is None or paid is None:
        raise NotFound(f"You have sold no line {number} of this order that was paid.")
    kept = line.quantity - returned(session, order, number)
    if paid.left_minor == 0 or kept == 0:
        raise NothingToRefund
    if not 1 <= licences <= kept:
        raise Invalid(f"Line {number} has {kept} licences left to give back; choose 1 to {kept}.")
    minor = returned_price(line.price, line.quantity, kept, licences, paid.left_minor)
    if not 0 < minor <= paid.left_minor:
        raise Invalid("Less is left of this line than these licences cost. Give all of the rest back instead.")
    refund = give_back(session, order, {number: minor}, by_id=by.id, now=now, licences={number: licences})
    tell_asked(session, refund, now=now)
    return refund


def end_returned(session: Session, fact: OrderRefunded) -> None:
    """End the seats of licences that went back. The reaction to OrderRefunded."""
    order = locked_order(session, fact.order)
    if order is None:
        return
    for line in order.lines:
        if line.quantity > 1 or line.for_others:
            kept = line.quantity - returned(session, order, line.number, booked=True)
            end_seats_over(session, order, line, kept, now=fact.at)
