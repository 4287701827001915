"""Tell buyers and sellers by mail what became of an order's money, in the transaction in which it became so."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import Money
from polidat.orders.events import OrderFlagged, OrderPaid, RefundAsked
from polidat.orders.find import order_by_ref
from polidat.orders.letters import (
    Back,
    Letter,
    Places,
    SoldLine,
    by_seller,
    order_paid,
    paid_twice,
    payment_failed,
    payment_looked_at,
    refund_asked,
    refund_failed,
    refund_sent,
    sale_not_refunded,
    sale_refunded,
    sold,
    sold_row,
    top_up_failed,
    top_up_kept,
    top_up_returned,
)
from polidat.orders.models import Order, OrderLine, OrderState, RefundLine, TopUp, TopUpRefund, UntoldSale
from polidat.orders.refund import paid_lines
from polidat.orders.rules import refund_shares
from polidat.payments import (
    Charge,
    PaymentFailed,
    PaymentRefunded,
    RefundFailed,
    RefundRefused,
    charges_of,
    refunds_of,
)
from polidat.people import Person, SaleMails, house_link, queue_mail_once


def tell_paid(session: Session, fact: OrderPaid) -> None:
    """Confirm an order to its buyer, and tell each seller what they sold. The reaction to OrderPaid."""
    order = order_by_ref(session, fact.order)
    if order is None:
        return
    at = places(session, order.public_id)
    post_letter(session, order.buyer_id, order_paid(order, at), once=f"paid:{order.public_id}", now=fact.at)
    charge = _charge(session, order, order.paid_charge)
    code = charge.settled_currency if charge is not None else order.currency
    for seller_id, lines in by_seller(order.lines).items():
        said = [_sold(line, code or order.currency) for line in lines]
        if any(line.price_minor or line.note for line in lines):
            tell_sale(session, seller_id, sold(order, said, at), said, ref=order.public_id, now=fact.at)


def tell_sale(
    session: Session, seller_id: int, told: Letter, lines: Sequence[SoldLine], *, ref: str, now: datetime
) -> None:
    """Mail a sale to its seller, or keep it for the mail of the day, as the seller has chosen."""
    seller = session.get_one(Person, seller_id)
    if seller.sale_mails == SaleMails.EACH:
        post_letter(session, seller_id, told, once=f"sold:{ref}:{seller_id}", now=now)
    elif seller.sale_mails == SaleMails.DAILY:
        keep_for_later(session, seller_id, [(sold_row(each), each.yours) for each in lines], ref=ref, now=now)


def keep_for_later(
    session: Session, seller_id: int, rows: Sequence[tuple[str, Money | None]], *, ref: str, now: datetime
) -> None:
    """Note sold lines, and what of each is the seller's, for one mail about the whole day."""
    for said, yours in rows:
        minor, code = (yours.minor, yours.currency) if yours is not None else (0, "")
        line = f"{said} ({ref}, {now:%H:%M} UTC)"
        session.add(UntoldSale(seller_id=seller_id, said=line, yours_minor=minor, currency=code, sold_at=now))
    session.flush()


def tell_failed(session: Session, fact: PaymentFailed) -> None:
    """Tell whoever pays that a debit their bank was asked for days ago failed. The reaction to PaymentFailed.

    Who was declined at once has seen it where they paid.
    """
    if not fact.was_processing:
        return
    once, order = f"failed:{fact.payment_id}:{fact.charge_id}", order_by_ref(session, fact.subject)
    top_up = session.scalar(select(TopUp).where(TopUp.public_id == fact.subject))
    if order is not None and order.paid_charge is None:
        told = payment_failed(order, fact.problem, places(session, order.public_id), now=fact.at)
        post_letter(session, order.buyer_id, told, once=once, now=fact.at)
    elif top_up is not None and top_up.paid_charge is None:
        told = top_up_failed(top_up.amount, fact.problem, house_link(session, "/wallet"))
        post_letter(session, top_up.person_id, told, once=once, now=fact.at)


def tell_flagged(session: Session, fact: OrderFlagged) -> None:
    """Tell a buyer that what they paid does not fit: somebody looks, or it goes back. The reaction to OrderFlagged."""
    order = order_by_ref(session, fact.order)
    charge = _charge(session, order, fact.charge_id) if order is not None else None
    if order is None or charge is None or charge.id == order.paid_charge:
        return  # a flag about something else than a payment that did not buy the order
    at, now = places(session, order.public_id), charge.settled_at or charge.charged_at
    once = f"unfit:{charge.id}"
    if any(each.charge_id == charge.id for each in refunds_of(session, order.public_id)):
        post_letter(session, order.buyer_id, paid_twice(order, charge.amount, at), once=once, now=now)
    elif order.state == OrderState.PROCESSING:
        post_letter(session, order.buyer_id, payment_looked_at(order, charge.amount, at), once=once, now=now)


def tell_refund_asked(session: Session, fact: RefundAsked) -> None:
    """Tell a buyer that money is to go back. The reaction to RefundAsked."""
    order = order_by_ref(session, fact.order)
    if order is None:
        return
    backs, at = _backs(order, _rows(session, fact.refund)), places(session, order.public_id)
    told = refund_asked(order, backs, Money(fact.amount_minor, fact.currency), fact.why, at)
    post_letter(session, order.buyer_id, told, once=f"refund_asked:{fact.refund}", now=fact.at)


def tell_refunded(session: Session, fact: PaymentRefunded) -> None:
    """Tell buyer and sellers that money went back. The reaction to PaymentRefunded, after what it does to an order."""
    amount, once = Money(fact.amount_minor, fact.currency), f"refund:{fact.refund_ref}"
    top_up = session.scalar(select(TopUp).where(TopUp.public_id == fact.subject))
    if top_up is not None:
        told = top_up_returned(amount, house_link(session, "/wallet"))
        post_letter(session, top_up.person_id, told, once=once, now=fact.at)
    order = order_by_ref(session, fact.subject)
    if order is None:
        return
    at, rows = places(session, order.public_id), _rows(session, fact.refund_ref)
    if order.paid_charge != fact.charge_id:
        post_letter(session, order.buyer_id, refund_sent(order, (), amount, at), once=once, now=fact.at)
        return
    paid = paid_lines(session, order, besides=fact.refund_ref)
    parts = {each.number: each.amount_minor for each in rows}
    gone = {each.number for each in paid if parts.get(each.number) and each.left_minor == parts[each.number]}
    backs = _backs(order, rows, gone)
    post_letter(session, order.buyer_id, refund_sent(order, backs, amount, at), once=once, now=fact.at)
    shares = refund_shares(fact, paid, parts)
    for seller_id, theirs in _sold_by(order, rows).items():
        borne = Money(shares.get(str(seller_id), 0), fact.settled_currency)
        told = sale_refunded(order, _backs(order, theirs, gone), borne, at, from_balance=fact.from_seller)
        post_letter(session, seller_id, told, once=f"{once}:{seller_id}", now=fact.at)


def tell_unrefunded(session: Session, fact: RefundFailed | RefundRefused) -> None:
    """Tell buyer and sellers that money did not go back. The reaction to RefundFailed and RefundRefused."""
    order, is_refused = order_by_ref(session, fact.subject), isinstance(fact, RefundRefused)
    once, amount = f"unrefunded:{fact.refund_ref}:{is_refused:d}", Money(fact.amount_minor, fact.currency)
    back = session.get(TopUpRefund, fact.refund_ref)
    if back is not None:
        told = top_up_kept(amount, house_link(session, "/wallet"))
        post_letter(session, session.get_one(TopUp, back.top_up_id).person_id, told, once=once, now=fact.at)
    if order is None:
        return
    at = places(session, order.public_id)
    told = refund_failed(order, amount, at, is_refused=is_refused)
    post_letter(session, order.buyer_id, told, once=once, now=fact.at)
    for seller_id, rows in _sold_by(order, _rows(session, fact.refund_ref)).items():
        told = sale_not_refunded(order, _backs(order, rows), at, is_refused=is_refused)
        post_letter(session, seller_id, told, once=f"{once}:{seller_id}", now=fact.at)


def post_letter(session: Session, person_id: int, told: Letter, *, once: str, now: datetime) -> None:
    """Queue a letter to somebody, unless they were told `once` already."""
    person = session.get_one(Person, person_id)
    queue_mail_once(session, person.email, told.subject, told.body, once=once, now=now)


def places(session: Session, order_ref: str) -> Places:
    """Return where mails about an order send their readers."""
    order = house_link(session, f"/order?order={order_ref}")
    return Places(order, *(house_link(session, each) for each in ("/library", "/sales", "/statement")))


def _sold(line: OrderLine, code: str) -> SoldLine:
    if not line.price_minor:
        return SoldLine(line, None, None)
    return SoldLine(line, Money(line.seller_minor, code), Money(line.passed_fee_minor, code))


def _charge(session: Session, order: Order, charge_id: str | None) -> Charge | None:
    return next((each for each in charges_of(session, order.public_id) if each.id == charge_id), None)


def _rows(session: Session, refund_ref: str) -> Sequence[RefundLine]:
    mine = select(RefundLine).where(RefundLine.refund_ref == refund_ref).order_by(RefundLine.number)
    return session.scalars(mine).all()


def _sold_by(order: Order, rows: Sequence[RefundLine]) -> Mapping[int, Sequence[RefundLine]]:
    numbers = {each.number for each in rows}
    lines = by_seller([line for line in order.lines if line.number in numbers])
    return {
        seller_id: [row for row in rows if row.number in {line.number for line in theirs}]
        for seller_id, theirs in lines.items()
    }


def _backs(order: Order, rows: Sequence[RefundLine], gone: Collection[int] = ()) -> Sequence[Back]:
    lines = {line.number: line for line in order.lines}
    return [
        Back(
            line=lines[row.number],
            amount=Money(row.amount_minor, order.currency),
            licences=row.licences if lines[row.number].quantity > 1 else 0,
            is_end=row.number in gone,
        )
        for row in rows
    ]
