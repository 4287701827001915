"""Give an order's money back, line by line, and share what that costs between seller and house."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from polidat.access import revoke
from polidat.core import Conflict, Invalid, Money, NotAllowed, NotFound
from polidat.events import emit, record
from polidat.ledger import Refs, post
from polidat.orders.errors import NoSuchOrder, NothingToRefund
from polidat.orders.events import OrderFlagged, OrderRefunded, RefundAsked
from polidat.orders.exchange import return_unfitting
from polidat.orders.models import DisputeLine, Order, RefundLine
from polidat.orders.parcel import stop_unsent
from polidat.orders.rules import LinePaid, refund_legs, spread
from polidat.orders.subscribe import is_subscription
from polidat.orders.wallet import is_top_up
from polidat.payments import (
    PaymentRefunded,
    Refund,
    RefundFailed,
    RefundRefused,
    RefundState,
    request_refund,
    take_back_from_seller,
)
from polidat.people import Person

_NO_LICENCES: Mapping[int, int] = {}


def refund_order(
    session: Session, by: Person, order_ref: str, amounts: Mapping[int, int] | None = None, *, now: datetime
) -> Refund:
    """Write down that lines of a paid order go back to the buyer; a job asks Stripe once that is committed.

    `amounts` are minor units by line number; without any, everything that is left goes back. An operator may refund
    any line, a seller the lines sold by them. Raises NoSuchOrder, NotAllowed, NothingToRefund, Invalid for an unknown
    line or more than is left of it, RefundTooLarge, RefundWhileDisputed.
    """
    order = locked_order(session, order_ref)
    if order is None or not _may_refund(by, order):
        raise NoSuchOrder
    if order.paid_charge is None:
        raise NothingToRefund
    lines = paid_lines(session, order)
    parts = _chosen(lines, by, amounts)
    if not parts:
        raise NothingToRefund
    refund = give_back(session, order, parts, by_id=by.id, now=now)
    tell_asked(session, refund, now=now)
    return refund


def tell_asked(session: Session, refund: Refund, why: str = "", *, now: datetime) -> None:
    """Tell that a refund of an order was asked for, and `why`, in words for the buyer."""
    emit(session, RefundAsked(refund.subject, refund.public_id, refund.amount_minor, refund.currency, why, now))


def give_back(
    session: Session,
    order: Order,
    parts: Mapping[int, int],
    *,
    by_id: int | None,
    now: datetime,
    licences: Mapping[int, int] = _NO_LICENCES,
) -> Refund:
    """Write down that parts of a paid order go back, in minor units by line number; nobody (None) is the house itself.

    `licences` end with it, by line number.
    Raises NothingToRefund for an order nobody paid, RefundTooLarge, RefundWhileDisputed.
    """
    if order.paid_charge is None:
        raise NothingToRefund
    keeps_fee = all(line.keeps_fee for line in order.lines if line.number in parts)
    whole = Money(sum(parts.values()), order.currency)
    refund = request_refund(session, order.paid_charge, whole, keeps_fee=keeps_fee, now=now)
    note_lines(session, order, refund.public_id, parts, licences)
    told = {"amount": whole, "ref": refund.public_id} | ({"licences": sum(licences.values())} if licences else {})
    record(session, "refund", f"order:{order.public_id}", by=by_id, after=told)
    return refund


def take_refund(session: Session, fact: PaymentRefunded) -> None:
    """Share a refund between seller and house, and end the access that was paid with it.

    The reaction to PaymentRefunded. One made in Stripe's dashboard is spread over what is left of the lines. Money
    that bought nothing, such as a second payment, goes back without touching any line.
    """
    if is_top_up(fact.subject) or is_subscription(fact.subject):
        return
    order = locked_order(session, fact.subject)
    refs = Refs(stripe_object=fact.charge_id, order_ref=fact.subject)
    if order is None or order.paid_charge != fact.charge_id:
        return_unfitting(session, fact)
        return
    lines = paid_lines(session, order, besides=fact.refund_ref)
    rows = _rows_of(session, fact.refund_ref) or note_lines(
        session, order, fact.refund_ref, spread(fact.amount_minor, lines)
    )
    parts = {row.number: row.amount_minor for row in rows}
    legs = refund_legs(fact, lines, parts)
    post(session, f"refund:{fact.refund_ref}", "refund_share", legs, occurred_at=fact.at, refs=refs)
    _take_back(session, fact, lines, parts)
    gone = {line.number for line in lines if parts.get(line.number) and line.left_minor == parts[line.number]}
    for number in sorted(gone):
        revoke(session, f"{order.public_id}:{number}", now=fact.at)
    stop_unsent(session, order, gone, "What was paid for it goes back.", now=fact.at)
    emit(session, OrderRefunded(order.public_id, order.buyer_id, fact.amount_minor, fact.currency, fact.at))


def _take_back(session: Session, fact: PaymentRefunded, lines: Sequence[LinePaid], parts: Mapping[int, int]) -> None:
    """Sellers of a cart give their parts back out of their own transfers."""
    if fact.from_seller:
        return
    for line in lines:
        if parts.get(line.number):
            part = Money(line.part_of(line.borne_minor, parts[line.number]), fact.settled_currency)
            cause = f"{fact.refund_ref}:{line.number}"
            take_back_from_seller(session, fact.subject, line.seller_id, part, cause=cause, now=fact.at)


def note_refund_failure(session: Session, fact: RefundFailed | RefundRefused) -> None:
    """Call an operator: the buyer has not got their money. The reaction to RefundFailed and RefundRefused."""
    order = locked_order(session, fact.subject)
    if order is None:
        return
    owed, why = Money(fact.amount_minor, fact.currency), fact.problem or "no reason given"
    if isinstance(fact, RefundRefused):
        alert = f"Stripe did not give {owed} back ({why}). What was to go back is still open: give it back again later."
    else:
        alert = f"The buyer's bank sent a refund of {owed} back ({why}). Pay it another way."
    order.alert = f"{order.alert} {alert}".strip()
    session.flush()
    emit(session, OrderFlagged(order.public_id, order.paid_charge or "", alert))


def paid_lines(session: Session, order: Order, *, besides: str = "") -> Sequence[LinePaid]:
    """Return the priced lines of an order with what was paid for each and what of it went back already.

    What a bank has kept after a lost dispute went back, too. `besides` names a refund, or a dispute, that does not
    count as given yet; a refund that Stripe refused never does.
    """
    given = (
        select(RefundLine.number, func.sum(RefundLine.amount_minor))
        .join(Refund, Refund.public_id == RefundLine.refund_ref)
        .where((RefundLine.order_id == order.id) & (RefundLine.refund_ref != besides))
        .where(Refund.state != RefundState.REFUSED)
        .group_by(RefundLine.number)
    )
    kept = (
        select(DisputeLine.number, func.sum(DisputeLine.amount_minor))
        .where((DisputeLine.order_id == order.id) & (DisputeLine.dispute_id != besides))
        .group_by(DisputeLine.number)
    )
    back = Counter[int]()
    for number, minor in (*session.execute(given), *session.execute(kept)):
        back[number] += int(minor)
    return [
        LinePaid(
            number=line.number,
            seller_id=line.seller_id,
            price_minor=line.price_minor,
            settled_minor=line.settled_minor,
            seller_minor=line.seller_minor,
            passed_fee_minor=line.passed_fee_minor,
            refunded_minor=back[line.number],
            keeps_fee=line.keeps_fee,
        )
        for line in order.lines
        if line.price_minor
    ]


def returned(session: Session, order: Order, number: int, *, booked: bool = False) -> int:
    """Return how many licences of a line went back, or are about to; `booked`: only those whose money is on its way."""
    mine = (RefundLine.order_id == order.id) & (RefundLine.number == number) & (Refund.state != RefundState.REFUSED)
    if booked:
        mine &= Refund.booked_at.is_not(None)
    back = select(func.sum(RefundLine.licences)).join(Refund, Refund.public_id == RefundLine.refund_ref).where(mine)
    return int(session.scalar(back) or 0)


def locked_order(session: Session, public_id: str) -> Order | None:
    """Return the order, so that nobody else changes it before this unit of work ends."""
    row = select(Order).where(Order.public_id == public_id).with_for_update(of=Order)
    return session.scalar(row.execution_options(populate_existing=True))


def _may_refund(by: Person, order: Order) -> bool:
    return by.is_operator or any(line.seller_id == by.id for line in order.lines)


def _chosen(lines: Sequence[LinePaid], by: Person, amounts: Mapping[int, int] | None) -> dict[int, int]:
    known = {line.number: line for line in lines}
    theirs = {number for number, line in known.items() if by.is_operator or line.seller_id == by.id}
    if amounts is None:
        return {number: known[number].left_minor for number in sorted(theirs) if known[number].left_minor}
    for number, minor in amounts.items():
        if number not in known:
            raise NotFound(f"This order has no line {number} that was paid.")
        if number not in theirs:
            raise NotAllowed("This line was sold by somebody else; only they or an operator can refund it.")
        left = known[number].left_minor
        if left == 0:
            raise Conflict(f"Line {number} was refunded already.")
        if not 0 < minor <= left:
            raise Invalid(f"Line {number} has {left} minor units left to give back; choose 1 to {left}.")
    return dict(amounts)


def _rows_of(session: Session, refund_ref: str) -> Sequence[RefundLine]:
    mine = select(RefundLine).where(RefundLine.refund_ref == refund_ref).order_by(RefundLine.number)
    return session.scalars(mine).all()


def note_lines(
    session: Session,
    order: Order,
    refund_ref: str,
    parts: Mapping[int, int],
    licences: Mapping[int, int] = _NO_LICENCES,
) -> Sequence[RefundLine]:
    """Write down what of each line a refund gives back, in minor units, and how many licences end, by line number."""
    rows = [
        RefundLine(
            refund_ref=refund_ref,
            number=number,
            order_id=order.id,
            amount_minor=minor,
            licences=licences.get(number, 0),
        )
        for number, minor in sorted(parts.items())
        if minor
    ]
    session.add_all(rows)
    session.flush()
    return rows
