"""Money that a card only holds: noted beside the books while it lasts, and what is to become of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import Money
from polidat.events import emit
from polidat.jobs import defer
from polidat.ledger import AUTH_CONTRA, AUTH_HOLD, Leg, Refs, credit, debit, post
from polidat.payments.events import HoldEnded, PaymentHeld
from polidat.payments.facts import IntentFacts
from polidat.payments.models import Payment, PaymentState

END_HOLD = "payments.end_hold"
_UNDECIDED = (PaymentState.OPEN, PaymentState.PROCESSING, PaymentState.HELD)


def capture_hold(session: Session, subject: str, amount: Money) -> bool:
    """Decide that so much of what is held for the subject is taken; a job asks Stripe once that is committed.

    False when nothing is held, or less than that: the buyer has to pay in another way.
    """
    payment = _held(session, subject)
    if payment is None or payment.amount.currency != amount.currency or amount.minor > payment.amount_minor:
        return False
    _decide(session, payment, amount.minor)
    return True


def release_hold(session: Session, subject: str) -> None:
    """Decide that what is held for the subject, if anything is, is let go; a job tells Stripe."""
    payment = _held(session, subject)
    if payment is not None:
        _decide(session, payment, 0)


def is_being_captured(session: Session, subject: str) -> bool:
    """Return whether money held for the subject is about to be taken: nobody should pay a second time."""
    payment = _held(session, subject)
    return payment is not None and bool(payment.capture_minor)


def follow_hold(session: Session, payment: Payment, intent: IntentFacts, *, now: datetime) -> None:
    """Note beside the books what a card holds at Stripe now, and tell when that begins and ends."""
    if not payment.is_hold:
        return
    if intent.status == "requires_capture" and payment.held_at is None:
        payment.held_at, payment.intent_id, payment.state = now, intent.id, PaymentState.HELD
        session.flush()
        _note(session, payment, "auth", [debit(AUTH_HOLD, payment.amount), credit(AUTH_CONTRA, payment.amount)], now)
        emit(session, PaymentHeld(payment.subject, payment.public_id, payment.amount_minor, payment.currency, now))
        return
    if intent.status not in ("canceled", "succeeded"):
        return
    if payment.held_at is not None:
        _note(session, payment, "unauth", [credit(AUTH_HOLD, payment.amount), debit(AUTH_CONTRA, payment.amount)], now)
    if intent.status == "canceled" and payment.state in _UNDECIDED:
        payment.state = PaymentState.CLOSED
        session.flush()
        emit(session, HoldEnded(payment.subject, payment.public_id, now))


def _note(session: Session, payment: Payment, key: str, legs: list[Leg], now: datetime) -> None:
    refs = Refs(stripe_object=payment.intent_id, order_ref=payment.subject)
    post(session, f"{key}:{payment.public_id}", "authorisation", legs, occurred_at=now, refs=refs)


def _held(session: Session, subject: str) -> Payment | None:
    held = (Payment.subject == subject) & (Payment.state == PaymentState.HELD)
    return session.scalar(select(Payment).where(held).with_for_update())


def _decide(session: Session, payment: Payment, capture_minor: int) -> None:
    payment.capture_minor = capture_minor
    session.flush()
    defer(session, END_HOLD, once=f"hold:{payment.public_id}", payment_ref=payment.public_id)
