"""A subscription to what another one pays for already: it ends at once, and what it brought goes back.

Two checkouts of the same may be open at once, and whoever finishes both would pay twice for one thing.
"""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from polidat.events import record
from polidat.orders.models import Subscription, SubscriptionKind, SubscriptionPayment
from polidat.orders.subscribe import NEVER_PAID, UNBEGUN, is_subscription, locked_subscription
from polidat.payments import ENDED, RefundWhileDisputed, charges_of, left_of, request_refund, stop_billing_soon
from polidat.people import Person, queue_mail


def locked_among_others(session: Session, ref: str) -> Subscription | None:
    """Return the subscription, so that no other of its subscriber begins before this unit of work ends."""
    if is_subscription(ref):
        subscriber = select(Person.id).join(Subscription, Subscription.person_id == Person.id)
        subscriber = subscriber.where(Subscription.public_id == ref).with_for_update(of=Person, key_share=True)
        session.execute(subscriber)
    return locked_subscription(session, ref)


def note_double(session: Session, found: Subscription, *, now: datetime) -> None:
    """Mark a subscription that begins now when another one to the same runs, and tell its subscriber."""
    other = session.scalar(_running_besides(found))
    if other is None:
        return
    found.doubles_id = other.id
    session.flush()
    told = {"doubles": other.public_id}
    record(session, "subscription", f"subscription:{found.public_id}", by=None, after=told)
    subscriber = session.get_one(Person, found.person_id)
    body = (
        f"You have begun “{found.title}” a second time, while another subscription pays for it. The second one has "
        "ended, and what you paid for it goes back to your card.\n"
    )
    queue_mail(session, subscriber.email, f"“{found.title}” was paid twice", body, now=now)


def undo_double(session: Session, found: Subscription, *, now: datetime) -> None:
    """End a subscription that doubles another, and give back all that was paid for it. Safe to repeat.

    What a bank disputes meanwhile is the bank's to give back.
    """
    if found.state not in ENDED:
        stop_billing_soon(session, found.public_id)
    for charge in charges_of(session, found.public_id):
        left = left_of(session, charge)
        if not left.minor or session.get(SubscriptionPayment, charge.id) is None:
            continue
        with suppress(RefundWhileDisputed):
            refund = request_refund(session, charge.id, left, now=now)
            told = {"amount": left, "ref": refund.public_id}
            record(session, "refund", f"subscription:{found.public_id}", by=None, after=told)


def _running_besides(found: Subscription) -> Select[Subscription]:
    same = Subscription.store_id == found.store_id
    if found.kind == SubscriptionKind.DATA:
        same = (Subscription.person_id == found.person_id) & (Subscription.dataset_id == found.dataset_id)
    runs = Subscription.state.not_in((*UNBEGUN, *NEVER_PAID, *ENDED)) & Subscription.doubles_id.is_(None)
    others = (Subscription.kind == found.kind) & (Subscription.id != found.id)
    return select(Subscription).where(same & runs & others).order_by(Subscription.id).limit(1)
