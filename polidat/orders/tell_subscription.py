"""Tell subscribers and sellers by mail what became of a subscription, in the transaction in which it became so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import Money
from polidat.orders.letters import Letter
from polidat.orders.letters_subscription import (
    access_rests,
    begun,
    goes_on,
    has_ended,
    payment_behind,
    period_paid,
    period_refunded,
    period_returned,
    period_row,
    period_sold,
    trial_ends,
    will_end,
)
from polidat.orders.models import Subscription, SubscriptionKind, SubscriptionPayment
from polidat.orders.rules import refund_shares
from polidat.orders.subscribe import GRACE, HOSTING_GRACE, NEVER_PAID, UNBEGUN, as_line
from polidat.orders.tell import keep_for_later, post_letter
from polidat.payments import ENDED, PaymentRefunded, PaymentSettled
from polidat.people import Person, SaleMails, house_link

_GOOD = ("active", "trialing")
_NOT_BEGUN = (*UNBEGUN, *NEVER_PAID)
_TOLD_BEFORE = timedelta(days=3)  # the end of free days
_NEW_PERIOD = timedelta(days=1)  # a period that ends sooner after its payment is the one before


def tell_moved(session: Session, found: Subscription, was: str, *, was_ending: bool, now: datetime) -> None:
    """Tell the subscriber what has changed since the subscription was in the state `was`. Call it once a change."""
    for phase, told in _news(session, found, was, was_ending=was_ending):
        post_letter(session, found.person_id, told, once=f"{found.public_id}:{phase}:{now.isoformat()}", now=now)


def _news(session: Session, found: Subscription, was: str, *, was_ending: bool) -> Sequence[tuple[str, Letter]]:
    page = _page(session)
    news: list[tuple[str, Letter]] = []
    if was in _NOT_BEGUN and found.state in _GOOD:
        return [("begun", begun(found, house_link(session, "/library"), page))]
    if was in _NOT_BEGUN:
        return []
    if found.state == "past_due" and was != "past_due" and found.past_due_since is not None:
        grace = GRACE if found.kind == SubscriptionKind.DATA else HOSTING_GRACE
        news.append(("behind", payment_behind(found, found.past_due_since + grace, page)))
    if found.state in ENDED:
        return [*news, ("ended", has_ended(found, page))] if was not in ENDED else news
    if found.ends_with_period and not was_ending:
        news.append(("ends", will_end(found, page)))
    if was_ending and not found.ends_with_period:
        news.append(("goes_on", goes_on(found, page)))
    return news


def tell_rests(session: Session, found: Subscription, *, now: datetime) -> None:
    """Tell the subscriber that the grace is over, once each time a payment stays behind."""
    assert found.past_due_since is not None  # it is behind
    once = f"{found.public_id}:rests:{found.past_due_since.isoformat()}"
    post_letter(session, found.person_id, access_rests(found, _page(session)), once=once, now=now)


def tell_period_paid(session: Session, fact: PaymentSettled) -> None:
    """Confirm a paid period, and tell its seller. The reaction to PaymentSettled, after it was shared."""
    paid, found = _paid(session, fact.subject, fact.charge_id)
    if found is None or paid is None:
        return
    amount = Money(fact.amount_minor, fact.currency)
    end = found.period_end
    until = end if end is not None and end > paid.paid_at + _NEW_PERIOD else None
    once = f"period:{fact.charge_id}"
    post_letter(session, found.person_id, period_paid(found, amount, until, _page(session)), once=once, now=fact.at)
    if found.seller_id is None:
        return
    seller, yours = session.get_one(Person, found.seller_id), Money(paid.seller_minor, fact.settled_currency)
    if seller.sale_mails == SaleMails.EACH:
        told = period_sold(found, amount, yours, house_link(session, "/sales"))
        post_letter(session, seller.id, told, once=f"{once}:{seller.id}", now=fact.at)
    elif seller.sale_mails == SaleMails.DAILY:
        row = [(period_row(found, amount, yours), yours)]
        keep_for_later(session, seller.id, row, ref=found.public_id, now=fact.at)


def tell_period_refunded(session: Session, fact: PaymentRefunded) -> None:
    """Tell subscriber and seller that money of a period went back. Reacts to PaymentRefunded once it is shared."""
    paid, found = _paid(session, fact.subject, fact.charge_id)
    if found is None or paid is None:
        return
    amount, once = Money(fact.amount_minor, fact.currency), f"refund:{fact.refund_ref}"
    is_end = paid.refunded_minor == paid.amount_minor and found.granted_at is not None
    told = period_returned(found, amount, _page(session), is_end=is_end)
    post_letter(session, found.person_id, told, once=once, now=fact.at)
    if found.seller_id is None:
        return
    line = as_line(found, paid)
    line = replace(line, refunded_minor=line.refunded_minor - fact.amount_minor)
    borne = sum(refund_shares(fact, [line], {1: fact.amount_minor}).values())
    told = period_refunded(found, amount, Money(borne, fact.settled_currency), house_link(session, "/statement"))
    post_letter(session, found.seller_id, told, once=f"{once}:{found.seller_id}", now=fact.at)


def tell_trials(session: Session, *, now: datetime) -> int:
    """Remind whoever has free days that end within three, once each, and return of how many. Run it every hour.

    Who was told the day when it began, three days before it or less, is not told again.
    """
    ending = (Subscription.state == "trialing") & ~Subscription.ends_with_period
    ending &= (Subscription.trial_days > _TOLD_BEFORE.days) & Subscription.period_end.between(now, now + _TOLD_BEFORE)
    soon = session.scalars(select(Subscription).where(ending).order_by(Subscription.id)).all()
    for each in soon:
        assert each.period_end is not None  # as selected
        once = f"{each.public_id}:trial:{each.period_end:%Y-%m-%d}"
        post_letter(session, each.person_id, trial_ends(each, _page(session)), once=once, now=now)
    return len(soon)


def _paid(session: Session, subject: str, charge_id: str) -> tuple[SubscriptionPayment | None, Subscription | None]:
    found = session.scalar(select(Subscription).where(Subscription.public_id == subject))
    return (session.get(SubscriptionPayment, charge_id) if found is not None else None), found


def _page(session: Session) -> str:
    return house_link(session, "/subscriptions")
