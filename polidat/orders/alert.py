"""What an operator does about an order whose money does not fit."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from polidat.core import NotAllowed
from polidat.events import emit, record
from polidat.orders.errors import NoSuchOrder, NothingToRefund
from polidat.orders.events import AlertSettled
from polidat.orders.models import Order, OrderState
from polidat.orders.refund import locked_order, tell_asked
from polidat.payments import Refund, charges_of, left_of, request_refund
from polidat.people import Person


def give_back_unfitting(session: Session, operator: Person, order_ref: str, *, now: datetime) -> Sequence[Refund]:
    """Give back every payment of an order that bought nothing: of another sum, paid twice, or not believed.

    Raises NotAllowed, NoSuchOrder, NothingToRefund, RefundWhileDisputed.
    """
    order = _flagged(session, operator, order_ref)
    wanted: list[Refund] = []
    for charge in charges_of(session, order.public_id):
        left = left_of(session, charge)
        if charge.id != order.paid_charge and left.minor:
            refund = request_refund(session, charge.id, left, now=now)
            told = {"amount": left, "ref": refund.public_id}
            record(session, "refund", f"order:{order.public_id}", by=operator.id, after=told)
            tell_asked(session, refund, now=now)
            wanted.append(refund)
    if not wanted:
        raise NothingToRefund
    if order.paid_charge is None:
        order.state, order.problem = OrderState.EXPIRED, "Your payment did not match the order and is given back."
        session.flush()
    return wanted


def settle_alert(session: Session, operator: Person, order_ref: str) -> Order:
    """Take an order off the operators' list: somebody has looked. Raises NotAllowed, NoSuchOrder."""
    order = _flagged(session, operator, order_ref)
    if order.alert:
        alert, order.alert = order.alert, ""
        session.flush()
        record(
            session,
            "settle_alert",
            f"order:{order.public_id}",
            by=operator.id,
            before={"alert": alert},
            after={"alert": ""},
        )
        emit(session, AlertSettled(order.public_id, operator.id, alert))
    return order


def _flagged(session: Session, operator: Person, order_ref: str) -> Order:
    if not operator.is_operator:
        raise NotAllowed("Only operators look after flagged orders.")
    order = locked_order(session, order_ref)
    if order is None:
        raise NoSuchOrder
    return order
