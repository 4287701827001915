"""Subscriptions: to a dataset, paid to its seller, or to hosting, paid to the house."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.access import reads_freely
from polidat.catalog import (
    NOTHING_AGREED,
    Agreed,
    CommissionKind,
    Interval,
    agree,
    hosting_policy,
    plan_for_sale,
    store_by_slug,
    terms_for,
)
from polidat.core import Conflict, new_public_id
from polidat.db import Database
from polidat.events import record
from polidat.orders.errors import AlreadyYours, KeyOfAnotherOrder, NoSuchSubscription, OwnListing
from polidat.orders.fraud import check_not_self
from polidat.orders.host_models import NettedHosting
from polidat.orders.models import Subscription, SubscriptionKind, SubscriptionPayment
from polidat.orders.rules import LinePaid
from polidat.payments import (
    ENDED,
    Gateway,
    SubscriptionWish,
    billing_portal,
    end_billing,
    note_billing,
    open_billing,
    sync_billing,
)
from polidat.people import Person

PREFIX = "sbs"
GRACE = timedelta(days=7)  # of access while a payment is behind
HOSTING_GRACE = timedelta(days=14)  # until an unpaid storefront is hidden
UNBEGUN = ("", "new", "open")
NEVER_PAID = ("incomplete", "incomplete_expired")


def subscribe(
    database: Database,
    gateway: Gateway,
    buyer: Person,
    listing_id: int,
    interval: Interval,
    *,
    key: str,
    return_url: str,
    now: datetime,
    agreed: Agreed = NOTHING_AGREED,
) -> tuple[str, str]:
    """Return the id of the subscription and the address where it begins. `key` names the click: one click is one.

    Raises NotForSale, OwnListing, AlreadyYours, LicenceNotAccepted, SellerNotReady, StripeAway, and KeyOfAnotherOrder
    for a key that was used for another subscription.
    """
    with database.unit_of_work() as session:
        listing, plan = plan_for_sale(session, listing_id, interval)
        if listing.store.owner_id == buyer.id:
            raise OwnListing(listing.title)
        if reads_freely(session, buyer, listing.dataset_id):
            raise AlreadyYours(listing.title)
        check_not_self(session, buyer.id, listing.store.owner_id, listing.title, of=f"listing:{listing.id}", now=now)
        terms = terms_for(session, listing, CommissionKind.SUBSCRIPTION, plan.currency, now=now)
        agreement = agree(session, buyer, [listing], agreed, now=now)[listing.id]
        wanted = {
            "kind": SubscriptionKind.DATA,
            "listing_id": listing.id,
            "dataset_id": listing.dataset_id,
            "seller_id": listing.store.owner_id,
            "title": listing.title,
            "price_minor": plan.price_minor,
            "currency": plan.currency,
            "interval": plan.interval,
            "trial_days": 0 if _had_trial(session, buyer, listing.id) else plan.trial_days,
            "commission_bps": terms.bps,
            "commission_rule_id": terms.rule_id,
            "commission_version": terms.version,
            "acceptance_id": agreement.acceptance_id,
            "attestation_id": agreement.attestation_id,
        }
        found = _noted(session, buyer, wanted, key=key, now=now)
        _ask(session, found, return_url=return_url, now=now)
    return found.public_id, open_billing(database, gateway, found.public_id)


def pay_hosting(
    database: Database, gateway: Gateway, owner: Person, store_slug: str, *, key: str, return_url: str, now: datetime
) -> tuple[str, str]:
    """Return the id and the address where a seller begins to pay for hosting by card, every month.

    Free days that are left stay free. Raises NoSuchStore, Conflict when it is paid already, StripeAway.
    """
    with database.unit_of_work() as session:
        store = store_by_slug(session, store_slug)
        if store.owner_id != owner.id:
            raise NoSuchSubscription
        running = (Subscription.store_id == store.id) & Subscription.state.not_in((*UNBEGUN, *ENDED))
        if session.scalar(select(Subscription.id).where(running)) is not None:
            raise Conflict("Hosting of this store is paid by a running subscription.")
        netted, policy = session.get(NettedHosting, store.id), hosting_policy(session)
        if netted is not None and netted.ended_at is None and netted.behind_since is None:
            raise Conflict("Hosting of this store is taken out of what you earn. End that first.")
        wanted = {
            "kind": SubscriptionKind.HOSTING,
            "store_id": store.id,
            "title": f"Hosting of {store.name}",
            "price_minor": policy.price_minor,
            "currency": policy.currency,
            "interval": Interval.MONTH,
            "trial_days": max(0, (policy.free_until(store) - now).days),
            "commission_bps": 0,
            "commission_version": 0,
        }
        found = _noted(session, owner, wanted, key=key, now=now)
        _ask(session, found, return_url=return_url, now=now)
    return found.public_id, open_billing(database, gateway, found.public_id)


def sync_subscription(database: Database, gateway: Gateway, owner: Person, ref: str, *, now: datetime) -> Subscription:
    """Return a subscription after asking Stripe how it stands. Raises NoSuchSubscription, StripeAway."""
    with database.reading() as session:
        subscription_of(session, owner, ref)
    sync_billing(database, gateway, ref, now=now)
    with database.reading() as session:
        return subscription_of(session, owner, ref)


def end_subscription(
    database: Database, gateway: Gateway, owner: Person, ref: str, *, with_period: bool = True, now: datetime
) -> None:
    """Let a subscription end with its period, or go on after all. Raises NoSuchSubscription, Conflict, StripeAway."""
    with database.reading() as session:
        subscription_of(session, owner, ref)
    end_billing(database, gateway, ref, with_period=with_period, now=now)
    with database.unit_of_work() as session:
        told = {"ends_with_period": with_period}
        record(session, "subscription", f"subscription:{ref}", by=owner.id, after=told)


def change_card(database: Database, gateway: Gateway, owner: Person, ref: str, *, return_url: str) -> str:
    """Return a fresh address where the subscriber gives another card. Raises NoSuchSubscription, StripeAway."""
    with database.reading() as session:
        subscription_of(session, owner, ref)
    return billing_portal(database, gateway, ref, return_url=return_url)


def my_subscriptions(session: Session, owner: Person) -> Sequence[Subscription]:
    """Return the person's subscriptions that ever began, newest first."""
    mine = (Subscription.person_id == owner.id) & Subscription.state.not_in(UNBEGUN)
    return session.scalars(select(Subscription).where(mine).order_by(Subscription.id.desc())).all()


def subscription_of(session: Session, owner: Person, ref: str) -> Subscription:
    """Return a subscription to whoever pays it. Raises NoSuchSubscription for anybody else."""
    found = session.scalar(select(Subscription).where(Subscription.public_id == ref))
    if found is None or (found.person_id != owner.id and not owner.is_operator):
        raise NoSuchSubscription
    return found


def is_subscription(subject: str) -> bool:
    """Return whether a payment's subject is a subscription."""
    return subject.startswith(f"{PREFIX}_")


def locked_subscription(session: Session, ref: str) -> Subscription | None:
    """Return the subscription, so that nobody else changes it before this unit of work ends."""
    if not is_subscription(ref):
        return None
    row = select(Subscription).where(Subscription.public_id == ref).with_for_update()
    return session.scalar(row.execution_options(populate_existing=True))


def as_line(found: Subscription, paid: SubscriptionPayment) -> LinePaid:
    """Return a paid period as if it were the only line of an order: it is refunded and disputed by the same rules."""
    return LinePaid(
        number=1,
        seller_id=found.seller_id or 0,
        price_minor=paid.amount_minor,
        settled_minor=paid.settled_minor,
        seller_minor=paid.seller_minor,
        passed_fee_minor=0,
        refunded_minor=paid.refunded_minor,
    )


def _noted(session: Session, owner: Person, wanted: Mapping[str, object], *, key: str, now: datetime) -> Subscription:
    row = insert(Subscription).values(
        public_id=new_public_id(PREFIX), person_id=owner.id, key=key, state="", ends_with_period=False, asked_at=now,
        **wanted,
    )  # fmt: skip
    session.execute(row.on_conflict_do_nothing(index_elements=["person_id", "key"]))
    mine = (Subscription.person_id == owner.id) & (Subscription.key == key)
    found = session.scalars(select(Subscription).where(mine)).one()
    if any(getattr(found, name) != wanted.get(name) for name in ("kind", "listing_id", "store_id", "interval")):
        raise KeyOfAnotherOrder  # its price may have changed since
    return found


def _had_trial(session: Session, buyer: Person, listing_id: int) -> bool:
    """One trial a person and listing, however often they come back."""
    tried = (Subscription.person_id == buyer.id) & (Subscription.listing_id == listing_id)
    tried &= (Subscription.trial_days > 0) & Subscription.state.not_in(UNBEGUN)
    return session.scalar(select(Subscription.id).where(tried).limit(1)) is not None


def _ask(session: Session, found: Subscription, *, return_url: str, now: datetime) -> None:
    wish = SubscriptionWish(
        subject=found.public_id,
        person_id=found.person_id,
        seller_id=found.seller_id,
        title=found.title,
        price=found.price,
        interval=found.interval,
        trial_days=found.trial_days,
        fee_bps=found.commission_bps,
        return_url=f"{return_url}?subscription={found.public_id}",
    )
    note_billing(session, wish, now=now)
