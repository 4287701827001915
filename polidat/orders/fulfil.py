"""What an order does when its payment settles, fails, or is too late."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from polidat.access import GrantKind
from polidat.catalog import return_coupon
from polidat.core import Money
from polidat.events import emit
from polidat.ledger import Refs, balance_of, credit, debit, post, seller_payable, seller_receivable
from polidat.orders.events import OrderExpired, OrderFlagged
from polidat.orders.models import Order, OrderState
from polidat.orders.place import grant_lines
from polidat.orders.refund import locked_order
from polidat.orders.rules import (
    Allocated,
    CartShare,
    LineShare,
    allocation,
    cart_allocation,
    netting_legs,
    what_is_wrong,
)
from polidat.orders.subscribe import is_subscription
from polidat.orders.wallet import is_top_up
from polidat.payments import (
    PaymentFailed,
    PaymentSettled,
    close_payments,
    hold_money,
    plan_transfer,
    request_refund,
    take_address,
)

_BATCH = 200


def fulfil_paid(session: Session, fact: PaymentSettled) -> None:
    """Share the money and give access, if the payment is right; else keep the money visible and call the operator.

    The reaction to PaymentSettled, in its transaction. An expired order is opened again by money that came late.
    """
    if is_top_up(fact.subject) or is_subscription(fact.subject):
        return
    order = locked_order(session, fact.subject)
    if order is None:
        hold_money(session, fact)
        return
    address = take_address(session, fact.payment_id)
    wrong = what_is_wrong(order.total, fact, paid_before=order.paid_charge)
    if wrong:
        _flag(session, order, fact, wrong)
        return
    order.state, order.paid_at, order.paid_charge = OrderState.PAID, fact.at, fact.charge_id
    by_number = {line.number: line for line in order.lines}
    for each in _allocated(order, fact):
        refs = Refs(stripe_object=fact.charge_id, order_ref=order.public_id)
        post(session, f"alloc:{order.public_id}:{each.number}", "sale", each.legs, occurred_at=fact.at, refs=refs)
        line = by_number[each.number]
        line.settled_minor, line.seller_minor = each.settled_minor, each.seller_minor
        line.passed_fee_minor = each.passed_fee_minor
    if not fact.seller:
        _plan_transfers(session, order, fact)
    _net_debt(session, order, fact)
    grant_lines(session, order, GrantKind.PURCHASE, address=address, now=fact.at)


def _allocated(order: Order, fact: PaymentSettled) -> Sequence[Allocated]:
    priced = [line for line in order.lines if line.price_minor]
    if fact.seller:
        shares = [LineShare(line.number, line.price_minor, line.commission_minor) for line in priced]
        return allocation(order.public_id, shares, fact)
    carted = [CartShare(line.number, line.price_minor, line.commission_minor, line.seller_id) for line in priced]
    return cart_allocation(order.public_id, carted, fact)


def _plan_transfers(session: Session, order: Order, fact: PaymentSettled) -> None:
    """Each seller gets one transfer, less what they owe."""
    shares = Counter[int]()
    for line in order.lines:
        shares[line.seller_id] += line.seller_minor
    refs = Refs(stripe_object=fact.charge_id, order_ref=order.public_id)
    for seller_id, minor in sorted(shares.items()):
        owes_minor = balance_of(session, seller_receivable(seller_id), fact.settled_currency)
        netted = Money(min(owes_minor, minor), fact.settled_currency)
        if netted.minor > 0:
            legs = [debit(seller_payable(seller_id), netted), credit(seller_receivable(seller_id), netted)]
            post(session, f"net:{fact.charge_id}:{seller_id}", "netting", legs, occurred_at=fact.at, refs=refs)
        rest = Money(minor - max(netted.minor, 0), fact.settled_currency)
        if rest.minor:
            plan_transfer(session, fact.charge_id, order.public_id, seller_id, rest, now=fact.at)


def _net_debt(session: Session, order: Order, fact: PaymentSettled) -> None:
    if not fact.netted_minor:
        return
    owes_minor = balance_of(session, seller_receivable(fact.seller), fact.settled_currency)
    legs = netting_legs(fact, owes_minor)
    if legs:
        refs = Refs(stripe_object=fact.charge_id, order_ref=order.public_id)
        post(session, f"net:{fact.charge_id}", "netting", legs, occurred_at=fact.at, refs=refs)


def note_failure(session: Session, fact: PaymentFailed) -> None:
    """Keep the bank's sentence for the buyer, who may try again. The reaction to PaymentFailed."""
    unpaid = Order.state.in_((OrderState.AWAITING_PAYMENT, OrderState.BIDDING))
    waiting = (Order.public_id == fact.subject) & unpaid
    session.execute(update(Order).where(waiting).values(problem=fact.problem))


def expire_orders(session: Session, *, now: datetime) -> Sequence[str]:
    """Close the orders nobody paid in time, and their links; returns their public ids. Run it every few minutes."""
    due = (Order.state == OrderState.AWAITING_PAYMENT) & (Order.payable_until <= now)
    late = session.scalars(
        select(Order).where(due).order_by(Order.id).limit(_BATCH).with_for_update(skip_locked=True)
    ).all()
    for order in late:
        order.state = OrderState.EXPIRED
        if order.coupon_id is not None:
            return_coupon(session, order.coupon_id, order.buyer_id)
        emit(session, OrderExpired(order.public_id))
        close_payments(session, order.public_id)
    return [order.public_id for order in late]


def _flag(session: Session, order: Order, fact: PaymentSettled, wrong: str) -> None:
    hold_money(session, fact)
    if order.paid_charge is not None and not fact.doubt:
        request_refund(session, fact.charge_id, Money(fact.amount_minor, fact.currency), now=fact.at)
    order.alert = f"{order.alert} {wrong}".strip()
    if order.state in (OrderState.AWAITING_PAYMENT, OrderState.EXPIRED):
        order.state = OrderState.PROCESSING
    session.flush()
    emit(session, OrderFlagged(order.public_id, fact.charge_id, wrong))
