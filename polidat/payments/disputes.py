"""Disputes: take the seller's part back while one is open, answer it, send the part again when it is won."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from polidat.core import Conflict, Invalid, Money, NotFound
from polidat.db import Database
from polidat.events import record
from polidat.jobs import defer
from polidat.payments.errors import StripeRefused, StripeSaysNo
from polidat.payments.gateway import Gateway
from polidat.payments.models import Charge, Dispute
from polidat.payments.settle import settle_intent
from polidat.payments.transfers import plan_transfer

HOLD_DISPUTED = "payments.hold_disputed"
_ANSWERABLE = ("needs_response", "warning_needs_response")
_EVIDENCE = frozenset(
    {"customer_name", "customer_email_address", "product_description", "access_activity_log", "uncategorized_text"}
)
_EVIDENCE_CHARS_MAX = 20_000


def hold_from_seller(session: Session, dispute_id: str, amount_minor: int) -> None:
    """Defer taking the seller's part of a disputed payment back, in minor units of the currency it was sent in."""
    defer(session, HOLD_DISPUTED, once=f"hold:{dispute_id}", dispute_id=dispute_id, amount_minor=amount_minor)


def send_back_to_seller(
    session: Session, subject: str, dispute_id: str, seller_id: int, held: Money, *, now: datetime
) -> None:
    """Plan to send the seller what was held over a dispute that was won, once per dispute."""
    plan_transfer(session, None, subject, seller_id, held, ref=f"back_{dispute_id}", now=now)


def hold_disputed(database: Database, gateway: Gateway, dispute_id: str, amount_minor: int, *, now: datetime) -> None:
    """Take the seller's part back at Stripe, if the dispute is still open. Safe to repeat.

    A seller without the money keeps it: a dispute that is lost then becomes what the seller owes.
    """
    with database.reading() as session:
        dispute = session.get_one(Dispute, dispute_id)
        charge = session.get_one(Charge, dispute.charge_id)
    if not dispute.is_open or dispute.held_minor or charge.transfer_id is None:
        return
    try:
        gateway.take_back(charge.transfer_id, amount_minor, cause=dispute_id)
    except (StripeRefused, StripeSaysNo):
        return
    with database.unit_of_work() as session:
        settle_intent(session, gateway, charge.intent_id, now=now)


def answer_dispute(
    database: Database, gateway: Gateway, dispute_id: str, evidence: Mapping[str, str], *, submit: bool, now: datetime,
    by: int | None = None,
) -> None:  # fmt: skip
    """Give Stripe what speaks for the sale; with `submit` it goes to the bank and cannot be changed any more.

    Whether `by` may is for the caller to know. Raises NotFound, Conflict for one that is not to be answered,
    Invalid for an unknown field or too long a text, StripeAway.
    """
    unknown = sorted(set(evidence) - _EVIDENCE)
    if unknown or not any(evidence.values()):
        raise Invalid(f"Evidence is a text in one or more of: {', '.join(sorted(_EVIDENCE))}.")
    if any(len(each) > _EVIDENCE_CHARS_MAX for each in evidence.values()):
        raise Invalid(f"A field of evidence takes at most {_EVIDENCE_CHARS_MAX:,} characters.")
    charge = _answerable(database, dispute_id)
    gateway.answer_dispute(dispute_id, evidence, submit=submit)
    with database.unit_of_work() as session:
        state = "answered" if submit else "drafted"
        told = {"state": state, "fields": ", ".join(sorted(name for name, each in evidence.items() if each))}
        record(session, "dispute", f"dispute:{dispute_id}", by=by, after=told)
        settle_intent(session, gateway, charge.intent_id, now=now)


def accept_dispute(
    database: Database, gateway: Gateway, dispute_id: str, *, now: datetime, by: int | None = None
) -> None:
    """Give a dispute up: it is lost. Raises NotFound, Conflict for one that is decided, StripeAway."""
    charge = _answerable(database, dispute_id)
    gateway.accept_dispute(dispute_id)
    with database.unit_of_work() as session:
        record(session, "dispute", f"dispute:{dispute_id}", by=by, after={"state": "accepted"})
        settle_intent(session, gateway, charge.intent_id, now=now)


def disputes_of(session: Session, subject: str) -> Sequence[Dispute]:
    """Return the disputes over a subject, oldest first."""
    return session.scalars(select(Dispute).where(Dispute.subject == subject).order_by(Dispute.opened_at)).all()


def all_disputes(session: Session, *, about: Select[str] | None = None, limit: int | None = 200) -> Sequence[Dispute]:
    """Return the latest disputes, or those about these subjects, those to be answered first."""
    order = (Dispute.closed_at.is_not(None), Dispute.respond_by.nulls_last(), Dispute.opened_at.desc(), Dispute.id)
    found = select(Dispute).order_by(*order).limit(limit)
    return session.scalars(found if about is None else found.where(Dispute.subject.in_(about))).all()


def _answerable(database: Database, dispute_id: str) -> Charge:
    with database.reading() as session:
        dispute = session.get(Dispute, dispute_id)
        if dispute is None:
            raise NotFound("There is no such dispute.")
        if dispute.state not in _ANSWERABLE:
            raise Conflict("This dispute is with the bank or decided; nothing can be added any more.")
        return session.get_one(Charge, dispute.charge_id)
