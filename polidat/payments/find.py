"""Read what was paid. Whether somebody may see it is decided by whoever owns the subject."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.payments.models import Charge, ChargeState, EventState, InboxEvent


def charges_of(session: Session, subject: str) -> Sequence[Charge]:
    """Return the charges that brought money for the subject, oldest first: amount, time, receipt."""
    paid = (Charge.subject == subject) & (Charge.state != ChargeState.FAILED)
    return session.scalars(select(Charge).where(paid).order_by(Charge.charged_at, Charge.id)).all()


def doubtful_charges(session: Session) -> Sequence[Charge]:
    """Return the charges an operator has to look at, oldest first."""
    doubtful = (Charge.doubt != "") & (Charge.state == ChargeState.SETTLED)
    return session.scalars(select(Charge).where(doubtful).order_by(Charge.charged_at)).all()


def failed_events(session: Session) -> Sequence[InboxEvent]:
    """Return the events whose job gave up, oldest first."""
    failed = InboxEvent.state == EventState.FAILED
    return session.scalars(select(InboxEvent).where(failed).order_by(InboxEvent.received_at)).all()
