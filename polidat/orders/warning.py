"""What an early fraud warning does to an order: give the money back before the bank takes it, with a fee on top."""

from datetime import datetime

from sqlalchemy.orm import Session

from polidat.access import suspend
from polidat.core import Money
from polidat.events import emit, record
from polidat.orders.events import OrderFlagged
from polidat.orders.fraud_models import FraudRule
from polidat.orders.holds import warning_hold
from polidat.orders.models import Order
from polidat.orders.refund import locked_order, note_lines, paid_lines, tell_asked
from polidat.orders.rules import better_given_back, spread
from polidat.payments import FraudWarned, charges_of, left_of, request_refund

_WARNED = "Your card's bank has warned us that this payment may not be yours."


def heed_warning(session: Session, fact: FraudWarned) -> None:
    """Refund a warned sale when a dispute would likely cost more; else call the operator. Access rests at once.

    The reaction to FraudWarned.
    """
    order = locked_order(session, fact.subject)
    if order is None or order.paid_charge != fact.charge_id:
        return
    charge = next(each for each in charges_of(session, order.public_id) if each.id == fact.charge_id)
    left = left_of(session, charge)
    if not left.minor:
        return
    for line in order.lines:
        if line.price_minor:
            suspend(session, f"{order.public_id}:{line.number}", cause=warning_hold(fact.charge_id), now=fact.at)
    rule = session.get_one(FraudRule, "F10")
    if better_given_back(left, disputed_per_mille=rule.threshold, fee_major=rule.limits["dispute_fee_major"]):
        _give_back(session, order, left, now=fact.at)
        return
    alert = f"The buyer's bank warns of fraud. {left} can still be given back before it is disputed."
    order.alert = f"{order.alert} {alert}".strip()
    session.flush()
    emit(session, OrderFlagged(order.public_id, fact.charge_id, alert))


def _give_back(session: Session, order: Order, left: Money, *, now: datetime) -> None:
    assert order.paid_charge is not None  # a warned order was paid
    lines = paid_lines(session, order)
    refund = request_refund(session, order.paid_charge, left, now=now)
    told = {"amount": left, "ref": refund.public_id}
    record(session, "refund", f"order:{order.public_id}", by=None, after=told)
    note_lines(session, order, refund.public_id, spread(left.minor, lines))
    tell_asked(session, refund, _WARNED, now=now)
