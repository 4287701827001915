"""Find what no webhook told: events never delivered, payments still open, jobs that died, money not in the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.db import Database
from polidat.events import emit
from polidat.jobs import defer
from polidat.payments.events import MoneyUnbooked
from polidat.payments.facts import Movement
from polidat.payments.gateway import Gateway
from polidat.payments.inbox import Endpoint, defer_event, store_event
from polidat.payments.mirror import check_booked, mirror_movements
from polidat.payments.models import EventState, InboxEvent, Payment, PaymentState, SweepMark
from polidat.payments.sync import SYNC_PAYMENT

_OVERLAP = timedelta(hours=1)
_FIRST_LOOK_BACK = timedelta(days=2)
_STUCK_AFTER = timedelta(minutes=5)
_PAYABLE_FOR = timedelta(days=3)
_ATTEMPTS_MAX = 50
_BATCH = 500


@dataclass(frozen=True)
class Swept:
    """What a sweep queued: events nobody delivered, events whose job got lost, payments to ask about.

    `unbooked` counts movements of sales that should be in the books by now: more than none is an alarm.
    """

    missed: int
    stuck: int
    open: int
    unbooked: int


def sweep(database: Database, gateway: Gateway, *, now: datetime) -> Swept:
    """Queue whatever is missing; run it every ten minutes. Webhooks are a hint, this is the guarantee."""
    with database.reading() as session:
        swept_at = session.scalar(select(SweepMark.swept_at))
    since = swept_at - _OVERLAP if swept_at else now - _FIRST_LOOK_BACK
    events, movements = list(gateway.events_since(since)), list(gateway.movements_since(since))
    with database.unit_of_work() as session:
        stuck = _defer_stuck(session, now=now)
        missed = sum(store_event(session, event, Endpoint.SWEEP, now=now) for event in events)
        waiting = _defer_open(session, now=now)
        unbooked = sum(_check(session, movements[at : at + _BATCH], now=now) for at in range(0, len(movements), _BATCH))
        if unbooked:
            emit(session, MoneyUnbooked(unbooked, now))
        mark = insert(SweepMark).values(only=True, swept_at=now)
        session.execute(mark.on_conflict_do_update(index_elements=["only"], set_={"swept_at": now}))
    return Swept(missed, stuck, waiting, unbooked)


def _check(session: Session, movements: Sequence[Movement], *, now: datetime) -> int:
    mirror_movements(session, movements)
    return check_booked(session, movements, now=now)


def _defer_stuck(session: Session, *, now: datetime) -> int:
    lost = InboxEvent.state.in_((EventState.RECEIVED, EventState.FAILED))
    due = lost & (InboxEvent.received_at < now - _STUCK_AFTER) & (InboxEvent.attempts < _ATTEMPTS_MAX)
    found = session.scalars(select(InboxEvent.id).where(due).order_by(InboxEvent.received_at).limit(_BATCH)).all()
    for event_id in found:
        defer_event(session, event_id)
    return len(found)


def _defer_open(session: Session, *, now: datetime) -> int:
    payable = Payment.state.in_((PaymentState.OPEN, PaymentState.PROCESSING, PaymentState.CLOSED))
    due = payable & Payment.link_id.is_not(None) & (Payment.opened_at > now - _PAYABLE_FOR)
    found = session.scalars(select(Payment.public_id).where(due).order_by(Payment.id).limit(_BATCH)).all()
    for payment_ref in found:
        defer(session, SYNC_PAYMENT, once=f"payment:{payment_ref}", payment_ref=payment_ref)
    return len(found)
