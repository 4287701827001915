"""Take in what Stripe tells: verify, store once, leave the work to a job."""

import enum
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.core import PoliDatError
from polidat.db import Database
from polidat.events import emit
from polidat.jobs import defer
from polidat.payments.billing import refresh_billing, refresh_invoice
from polidat.payments.errors import BadSignature
from polidat.payments.events import FraudWarned
from polidat.payments.facts import StripeEvent
from polidat.payments.follow import follow_account
from polidat.payments.gateway import Gateway
from polidat.payments.models import Charge, ChargeState, EventState, InboxEvent
from polidat.payments.rules import (
    is_about_account,
    is_about_billing,
    is_about_financial,
    is_about_payment,
    is_about_payout,
    is_warning,
)
from polidat.payments.settle import settle_intent

PROCESS_EVENT = "payments.process_event"
_WANTED = (is_about_payment, is_about_account, is_about_billing, is_about_payout, is_about_financial)


class Endpoint(enum.StrEnum):
    """Which door an event came through; each has its own secret."""

    PLATFORM = "platform"  # events of our own account, and the thin ones
    CONNECT = "connect"  # events of sellers' accounts
    SWEEP = "sweep"  # fetched by ourselves, because no delivery came


def receive_event(
    session: Session, gateway: Gateway, body: bytes, signature: str | None, *, secrets: Sequence[str], now: datetime
) -> bool:
    """Store a delivered event and defer its job, in one transaction; False when there is nothing to do for it.

    `body` is the raw request body, `signature` the `Stripe-Signature` header, `secrets` that of the platform's
    endpoint and then that of the connected accounts'. Raises BadSignature when none of them signed it.
    """
    refusal = BadSignature("there is no secret to check it with")
    for endpoint, secret in zip((Endpoint.PLATFORM, Endpoint.CONNECT), secrets, strict=False):
        try:
            event = gateway.read_event(body, signature, secret)
        except BadSignature as error:
            refusal = error
            continue
        return store_event(session, event, endpoint, now=now)
    raise refusal


def store_event(session: Session, event: StripeEvent, endpoint: Endpoint, *, now: datetime) -> bool:
    """Store an event whose origin is certain; False when it, or its twin in the other form, was known already."""
    wanted = any(about(event) for about in _WANTED)
    state = EventState.RECEIVED if wanted and not _twin_known(session, event) else EventState.IGNORED
    row = insert(InboxEvent).values(
        id=event.id,
        twin_id=event.twin_id,
        endpoint=endpoint,
        account=event.account,
        type=event.type,
        object_type=event.object_type,
        object_id=event.object_id,
        intent_id=event.intent_id,
        created_at=event.created_at,
        api_version=event.api_version,
        payload=dict(event.kept),
        received_at=now,
        state=state,
        attempts=0,
        last_problem="",
    )
    added = session.scalar(row.on_conflict_do_nothing(index_elements=["id"]).returning(InboxEvent.id))
    if added is None:
        return False
    if state == EventState.RECEIVED:
        defer_event(session, event.id)
    return state == EventState.RECEIVED


def defer_event(session: Session, event_id: str) -> None:
    """Queue the work on a stored event, unless it waits already."""
    defer(session, PROCESS_EVENT, once=f"event:{event_id}", event_id=event_id)


def process_event(database: Database, gateway: Gateway, event_id: str, *, now: datetime) -> None:
    """Do what a stored event asks for: look its object up and take it over. Safe to repeat.

    Raises Unavailable when Stripe is away (the job is tried again); anything else is noted on the event as well.
    """
    try:
        with database.unit_of_work() as session:
            _work_on(session, gateway, event_id, now=now)
    except Exception as error:  # whatever it was, the event must not look as if it still waited
        with database.unit_of_work() as session:
            row = session.get_one(InboxEvent, event_id)
            row.state, row.attempts, row.last_problem = EventState.FAILED, row.attempts + 1, _told(error)
        raise


def _work_on(session: Session, gateway: Gateway, event_id: str, *, now: datetime) -> None:
    row = session.get_one(InboxEvent, event_id, with_for_update=True)
    if row.state in (EventState.DONE, EventState.IGNORED):
        return
    if row.intent_id is not None:
        settle_intent(session, gateway, row.intent_id, now=now)
        if is_warning(row.type):
            _heed(session, gateway, row.object_id, now=now)
    elif row.object_type == "subscription":
        refresh_billing(session, gateway, row.object_id, now=now)
    elif row.object_type == "invoice":
        refresh_invoice(session, gateway, row.object_id, now=now)
    else:
        follow_account(session, gateway, row, now=now)
    row.state, row.attempts, row.last_problem = EventState.DONE, row.attempts + 1, ""


def _heed(session: Session, gateway: Gateway, warning_id: str, *, now: datetime) -> None:
    charge_id = gateway.warned_charge(warning_id)
    charge = session.get(Charge, charge_id, with_for_update=True) if charge_id else None
    if charge is None or charge.state != ChargeState.SETTLED or charge.warned_at is not None:
        return
    charge.warned_at = now
    session.flush()
    emit(session, FraudWarned(charge.subject, charge.id, now))


def _told(error: Exception) -> str:
    why = error.facts.get("why", error.says) if isinstance(error, PoliDatError) else error
    return f"{type(error).__name__}: {why}"[:500]


def _twin_known(session: Session, event: StripeEvent) -> bool:
    twins = InboxEvent.twin_id == event.id
    if event.twin_id is not None:
        twins |= InboxEvent.id == event.twin_id
    worked_on = InboxEvent.state != EventState.IGNORED
    return session.scalar(select(InboxEvent.id).where(twins & worked_on).limit(1)) is not None
