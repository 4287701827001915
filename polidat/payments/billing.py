"""Subscriptions: ask for one, know how it stands, end it; and know which of our payments an invoice was."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from polidat.core import Conflict, Money, NotFound
from polidat.db import Database
from polidat.events import emit
from polidat.jobs import defer
from polidat.payments.errors import SellerNotReady, StripeRefused, StripeSaysNo
from polidat.payments.events import SubscriptionMoved
from polidat.payments.facts import BillingFacts, BillingWish
from polidat.payments.gateway import Gateway
from polidat.payments.locks import lock_object
from polidat.payments.models import Billing, SellerAccount
from polidat.payments.settle import settle_intent

STOP_BILLING = "payments.stop_billing"
ENDED = ("canceled", "unpaid", "incomplete_expired")
_BEGUN = "open"
_CANNOT_RECEIVE = "insufficient_capabilities_for_transfer"


@dataclass(frozen=True)
class SubscriptionWish:
    """What to ask a subscriber for, every `interval` ("month" or "year") after so many free days.

    `fee_bps` is the house's share of every payment; without a seller all of it is the house's.
    """

    subject: str
    person_id: int
    seller_id: int | None
    title: str
    price: Money
    interval: str
    trial_days: int
    fee_bps: int
    return_url: str


def note_billing(session: Session, wish: SubscriptionWish, *, now: datetime) -> Billing:
    """Write down that we want this subscription; commit it before `open_billing` asks Stripe. Raises SellerNotReady."""
    known = session.get(Billing, wish.subject)
    if known is not None:
        return known
    destination = None
    if wish.seller_id is not None:
        account = session.get(SellerAccount, wish.seller_id)
        if account is None or account.stripe_id is None or not account.charges_enabled:
            raise SellerNotReady
        destination = account.stripe_id
    billing = Billing(
        subject=wish.subject,
        person_id=wish.person_id,
        seller_id=wish.seller_id,
        destination=destination,
        title=wish.title,
        price_minor=wish.price.minor,
        currency=wish.price.currency,
        interval=wish.interval,
        trial_days=wish.trial_days,
        fee_bps=wish.fee_bps,
        return_url=wish.return_url,
        asked_at=now,
    )
    session.add(billing)
    session.flush()
    return billing


def open_billing(database: Database, gateway: Gateway, subject: str) -> str:
    """Return the address where the subscription is begun, asking Stripe for one if there is none yet. Safe to repeat.

    Raises SellerNotReady, StripeAway, StripeRefused.
    """
    with database.reading() as session:
        billing = session.get_one(Billing, subject)
    if billing.link_url is not None:
        return billing.link_url
    wish = BillingWish(
        subject=subject,
        title=billing.title,
        price=Money(billing.price_minor, billing.currency),
        interval=billing.interval,
        trial_days=billing.trial_days,
        fee_bps=billing.fee_bps,
        destination=billing.destination,
        return_url=billing.return_url,
    )
    try:
        link = gateway.open_billing(wish)
    except StripeRefused as error:
        if error.code == _CANNOT_RECEIVE:
            raise SellerNotReady from error
        raise
    with database.unit_of_work() as session:
        values = {"link_id": link.id, "link_url": link.url, "state": _BEGUN}
        session.execute(update(Billing).where((Billing.subject == subject) & Billing.link_id.is_(None)).values(values))
    return link.url


def sync_billing(database: Database, gateway: Gateway, subject: str, *, now: datetime) -> None:
    """Ask Stripe how a subscription stands and what was paid for it, whether or not a webhook came. Safe to repeat."""
    with database.reading() as session:
        billing = session.get_one(Billing, subject)
    stripe_id = billing.stripe_id or (gateway.billing_of_session(billing.link_id) if billing.link_id else None)
    if stripe_id is None:
        return
    with database.unit_of_work() as session:
        refresh_billing(session, gateway, stripe_id, now=now)
    for intent_id in gateway.intents_of_billing(stripe_id):
        with database.unit_of_work() as session:
            settle_intent(session, gateway, intent_id, now=now)


def refresh_billing(session: Session, gateway: Gateway, stripe_id: str, *, now: datetime) -> None:
    """Take over how a subscription stands at Stripe now. One that is not ours changes nothing."""
    lock_object(session, stripe_id)
    facts = gateway.billing(stripe_id)
    row = _billing_of(session, facts)
    if row is None:
        return
    stood = (row.state, row.period_end, row.ends_with_period)
    row.state, row.period_end, row.customer_id = facts.state, facts.period_end, facts.customer_id
    row.ends_with_period = facts.ends_with_period
    row.past_due_since = (row.past_due_since or now) if facts.state == "past_due" else None
    session.flush()
    if stood != (row.state, row.period_end, row.ends_with_period):
        moved = SubscriptionMoved(row.subject, row.state, row.period_end, row.ends_with_period, row.past_due_since, now)
        emit(session, moved)


def refresh_invoice(session: Session, gateway: Gateway, invoice_id: str, *, now: datetime) -> None:
    """Take over how the subscription of an invoice stands."""
    invoice = gateway.invoice(invoice_id)
    if invoice.subscription_id is not None:
        refresh_billing(session, gateway, invoice.subscription_id, now=now)


def end_billing(database: Database, gateway: Gateway, subject: str, *, with_period: bool, now: datetime) -> None:
    """Let a subscription end with its period, or go on after all. Raises NotFound, Conflict for one that ended."""
    billing = _begun(database, subject)
    if billing.state in ENDED:
        raise Conflict("This subscription has ended already. Begin a new one.")
    assert billing.stripe_id is not None  # one that began has it
    gateway.end_billing(billing.stripe_id, with_period=with_period)
    with database.unit_of_work() as session:
        refresh_billing(session, gateway, billing.stripe_id, now=now)


def stop_billing_soon(session: Session, subject: str) -> None:
    """Defer ending a subscription at once; `stop_billing` does it when this is committed."""
    defer(session, STOP_BILLING, once=f"stop:{subject}", subject=subject)


def stop_billing(database: Database, gateway: Gateway, subject: str, *, now: datetime) -> None:
    """End a subscription at Stripe at once. Safe to repeat. Raises NotFound before it began, StripeAway."""
    billing = _begun(database, subject)
    assert billing.stripe_id is not None  # one that began has it
    if gateway.billing(billing.stripe_id).state not in ENDED:
        try:
            gateway.stop_billing(billing.stripe_id)
        except (StripeRefused, StripeSaysNo):  # one that has ended meanwhile, as when an answer was lost
            if gateway.billing(billing.stripe_id).state not in ENDED:
                raise
    with database.unit_of_work() as session:
        refresh_billing(session, gateway, billing.stripe_id, now=now)


def billing_portal(database: Database, gateway: Gateway, subject: str, *, return_url: str) -> str:
    """Return a fresh address where the subscriber changes the card. Raises NotFound before the first payment."""
    billing = _begun(database, subject)
    if billing.customer_id is None:
        raise NotFound("This subscription has not begun yet.")
    return gateway.portal_url(billing.customer_id, return_url=return_url)


def billing_of(session: Session, subject: str) -> Billing | None:
    """Return how a subscription stood when we last looked; None when it was never asked for."""
    return session.get(Billing, subject)


def _begun(database: Database, subject: str) -> Billing:
    with database.reading() as session:
        billing = session.get(Billing, subject)
    if billing is None or billing.stripe_id is None:
        raise NotFound("This subscription has not begun yet.")
    return billing


def _billing_of(session: Session, facts: BillingFacts) -> Billing | None:
    """Ours by its id; the first time by our own tag, which nobody but us can set."""
    known = session.scalar(select(Billing).where(Billing.stripe_id == facts.id).with_for_update())
    if known is not None:
        return known
    row = session.get(Billing, facts.subject, with_for_update=True, populate_existing=True)
    if row is None or row.stripe_id is not None:
        return None
    row.stripe_id = facts.id
    return row
