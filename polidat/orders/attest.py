"""Buyers about whom a seller decides: asked once the order is paid, approved or refused within a day, or lapsed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.access import revoke
from polidat.catalog import Attestation, AttestationState
from polidat.core import Conflict, Invalid, Money
from polidat.events import emit, record
from polidat.orders.errors import NoSuchAttestation
from polidat.orders.events import AttestationAsked, AttestationDecided
from polidat.orders.models import Order, OrderLine
from polidat.orders.parcel import open_lines, stop_unsent
from polidat.orders.refund import give_back, locked_order, paid_lines
from polidat.payments import RefundWhileDisputed, disputes_of
from polidat.people import Person, queue_mail

DECIDED_WITHIN = timedelta(hours=24)
_REASON_CHARS_MAX = 500
_BATCH = 100
_LAPSED = "The seller did not decide within a day."


@dataclass(frozen=True)
class Question:
    """A buyer about whom a seller has to decide: what they said, and the line they paid for."""

    attestation: Attestation
    line: OrderLine
    order: str
    due_at: datetime


def ask_sellers(session: Session, order: Order, *, now: datetime) -> None:
    """Put the buyer of a paid order before the sellers who decide; they have a day from now."""
    buyer = session.get_one(Person, order.buyer_id)
    for line in order.lines:
        asked = line.attestation
        if asked is None or asked.state != AttestationState.WAITING or asked.due_at is not None:
            continue
        asked.due_at = due_at = now + DECIDED_WITHIN
        session.flush()
        seller = session.get_one(Person, line.seller_id)
        until = f"{due_at:%d %B %Y, %H:%M} UTC"
        body = (
            f"{asked.who} in {asked.country} has ordered “{line.title}” for: {asked.purpose}\n\n"
            f"Approve or refuse it under “Requests” until {until}. After that the order is given back.\n"
        )
        queue_mail(session, seller.email, f"A buyer of “{line.title}” waits for you", body, now=now)
        told = f"The seller of “{line.title}” decides about your order until {until}.\n\nOrder {order.public_id}\n"
        queue_mail(session, buyer.email, "Your PoliDat order waits for its seller", told, now=now)
        emit(session, AttestationAsked(asked.id, order.public_id, line.number, line.seller_id, due_at))


def questions_for(session: Session, seller: Person) -> Sequence[Question]:
    """Return the buyers about whom this person has to decide, the most urgent first; an operator sees all."""
    waiting = (Attestation.state == AttestationState.WAITING) & Attestation.due_at.is_not(None)
    rows = (
        select(OrderLine, Order.public_id)
        .join(Attestation, Attestation.id == OrderLine.attestation_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(waiting if seller.is_operator else waiting & (OrderLine.seller_id == seller.id))
        .order_by(Attestation.due_at, OrderLine.id)
    )
    return [
        Question(line.attestation, line, order, line.attestation.due_at)
        for line, order in session.execute(rows)
        if line.attestation is not None and line.attestation.due_at is not None
    ]


def approve_buyer(session: Session, by: Person, attestation_id: int, *, now: datetime) -> Order:
    """Let a buyer have what they paid for.

    Raises NoSuchAttestation, Conflict when it is decided already, or while a bank disputes the payment.
    """
    order, line = _waiting(session, by, attestation_id)
    if any(each.is_open and each.withdrawn_minor for each in disputes_of(session, order.public_id)):
        raise Conflict("The buyer's bank disputes this payment. Decide when the dispute is over.")
    _decide(session, order, line, AttestationState.APPROVED, by=by, reason="", now=now)
    return order


def refuse_buyer(session: Session, by: Person, attestation_id: int, reason: str, *, now: datetime) -> Order:
    """Refuse a buyer, who is told the reason and gets everything back.

    Raises NoSuchAttestation, Conflict when it is decided already, Invalid without a reason, RefundWhileDisputed.
    """
    if not 1 <= len(reason.strip()) <= _REASON_CHARS_MAX:
        raise Invalid(f"Tell the buyer why, in 1 to {_REASON_CHARS_MAX} characters.")
    order, line = _waiting(session, by, attestation_id)
    _decide(session, order, line, AttestationState.REFUSED, by=by, reason=reason.strip(), now=now)
    return order


def lapse_attestations(session: Session, *, now: datetime) -> int:
    """Give back what sellers did not decide about in time; returns how many. Run it every few minutes.

    While a bank disputes the payment it has the money: such an order waits until the dispute is over.
    """
    due = (Attestation.state == AttestationState.WAITING) & (Attestation.due_at <= now)
    ids = session.scalars(select(Attestation.id).where(due).order_by(Attestation.due_at).limit(_BATCH)).all()
    lapsed = 0
    for each in ids:
        order, line = _line_of(session, each)
        if order is None or line is None or not _is_waiting(line):
            continue  # the seller was faster
        try:
            with session.begin_nested():
                _decide(session, order, line, AttestationState.LAPSED, by=None, reason=_LAPSED, now=now)
        except RefundWhileDisputed:
            continue
        lapsed += 1
    return lapsed


def _waiting(session: Session, by: Person, attestation_id: int) -> tuple[Order, OrderLine]:
    order, line = _line_of(session, attestation_id)
    if order is None or line is None or (line.seller_id != by.id and not by.is_operator):
        raise NoSuchAttestation
    if not _is_waiting(line):
        raise Conflict("This is decided already, or not paid yet. Look at the list again.")
    return order, line


def _line_of(session: Session, attestation_id: int) -> tuple[Order | None, OrderLine | None]:
    """The order and line of an attestation, both locked with the order: decisions about one order take turns."""
    named = select(Order.public_id, OrderLine.number).join(OrderLine, OrderLine.order_id == Order.id)
    latest = named.where(OrderLine.attestation_id == attestation_id).order_by(OrderLine.id.desc()).limit(1)
    found = session.execute(latest).one_or_none()
    order = locked_order(session, found.public_id) if found is not None else None
    if found is None or order is None:
        return None, None
    line = next(each for each in order.lines if each.number == found.number)
    session.refresh(line, ["attestation"])
    if line.attestation is not None:
        session.refresh(line.attestation)
    return order, line


def _is_waiting(line: OrderLine) -> bool:
    asked = line.attestation
    return asked is not None and asked.state == AttestationState.WAITING and asked.due_at is not None


def _decide(
    session: Session,
    order: Order,
    line: OrderLine,
    state: AttestationState,
    *,
    by: Person | None,
    reason: str,
    now: datetime,
) -> None:
    asked = line.attestation
    assert asked is not None  # one that waits
    by_id = by.id if by is not None else None
    asked.state, asked.reason, asked.decided_at, asked.decided_by = state, reason, now, by_id
    session.flush()
    told = {"before": {"state": AttestationState.WAITING}, "after": {"state": state, "reason": reason}}
    record(session, "attestation", f"order:{order.public_id}", by=by_id, **told)
    back = Money(0, line.currency)
    if state != AttestationState.APPROVED:
        revoke(session, f"{order.public_id}:{line.number}", now=now)
        back = _return_money(session, order, line, by_id, now=now)
        stop_unsent(session, order, {line.number}, reason, now=now)
    open_lines(session, order, now=now)
    emit(session, AttestationDecided(asked.id, order.public_id, line.number, line.seller_id, state, reason))
    _tell(session, order, line, state, reason, back, now=now)


def _return_money(session: Session, order: Order, line: OrderLine, by_id: int | None, *, now: datetime) -> Money:
    """Give back what is left of a line, and return how much that is: nothing when the bank has given it all."""
    left = {each.number: each.left_minor for each in paid_lines(session, order)}.get(line.number, 0)
    if left:
        give_back(session, order, {line.number: left}, by_id=by_id, now=now)
    return Money(left, line.currency)


def _tell(
    session: Session,
    order: Order,
    line: OrderLine,
    state: AttestationState,
    reason: str,
    back: Money,
    *,
    now: datetime,
) -> None:
    buyer, seller = session.get_one(Person, order.buyer_id), session.get_one(Person, line.seller_id)
    if state == AttestationState.APPROVED:
        body = f"The seller has approved your order of “{line.title}”. It is in your library."
    else:
        promised = f" You get {back} back." if back.minor else ""
        body = f"Your order of “{line.title}” is not fulfilled: {reason}{promised}"
    about = f"\n\nOrder {order.public_id}\n"
    queue_mail(session, buyer.email, f"Your PoliDat order of “{line.title}”", body + about, now=now)
    if state == AttestationState.LAPSED:
        body = f"You did not decide in time about an order of “{line.title}”. The buyer gets everything back."
        queue_mail(session, seller.email, f"An order of “{line.title}” has lapsed", body + about, now=now)
