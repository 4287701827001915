"""What mails about subscriptions say: values in, subject and text out; no session, no clock."""

from datetime import datetime

from polidat.core import Money
from polidat.orders.letters import BANKS_TAKE, Letter, letter
from polidat.orders.models import Subscription, SubscriptionKind


def begun(found: Subscription, library: str, page: str) -> Letter:
    """Return how a subscriber hears that it has begun, with free days or without."""
    if found.state == "trialing":
        stands = (
            f"It is free until {_day(found.period_end)}, and then costs {_price(found)}. End it before that day, and "
            "nothing is charged."
        )
    else:
        stands = f"It costs {_price(found)}, until you end it."
    return letter(
        f"Your subscription to “{found.title}” has begun" if _is_data(found) else f"Paid by card: {found.title}",
        stands,
        f"The data is in your library: {library}" if _is_data(found) else "",
        f"End it, or give another card: {page}",
        about=_about(found),
    )


def period_paid(found: Subscription, amount: Money, until: datetime | None, page: str) -> Letter:
    """Return the confirmation of a period that was paid; `until` is its end, where it is known already."""
    runs = f" It runs until {_day(until)}." if until is not None else ""
    return letter(
        f"{amount} paid for “{found.title}”",
        f"We got {amount} for a {found.interval} of “{found.title}”.{runs} Thank you.",
        f"Your subscriptions: {page}",
        about=_about(found),
    )


def payment_behind(found: Subscription, until: datetime, page: str) -> Letter:
    """Return how a subscriber hears that a payment failed, what to do, and until when nothing changes."""
    then = "you keep access" if _is_data(found) else "the store stays open"
    return letter(
        f"A payment for “{found.title}” failed",
        f"Your card did not pay {found.price} for “{found.title}”. It is tried again by itself. Give another card, or "
        f"see that this one can pay: {page}",
        f"Until {_day(until)} {then}; after that {'access rests' if _is_data(found) else 'it is hidden'} until it is "
        "paid.",
        about=_about(found),
    )


def access_rests(found: Subscription, page: str) -> Letter:
    """Return how a subscriber hears that access rests, because it was not paid in time."""
    return letter(
        f"Your access to “{found.title}” rests",
        f"{found.price} for “{found.title}” is still not paid, so access rests. It comes back with the payment: {page}",
        about=_about(found),
    )


def trial_ends(found: Subscription, page: str) -> Letter:
    """Return how a subscriber hears that free days are nearly over."""
    return letter(
        f"“{found.title}” is free until {_day(found.period_end)}",
        f"Your free days end on {_day(found.period_end)}. From then on it costs {_price(found)}, taken from your card.",
        f"If you do not want that, end it before: {page}",
        about=_about(found),
    )


def will_end(found: Subscription, page: str) -> Letter:
    """Return how a subscriber hears that it ends with its period."""
    return letter(
        f"“{found.title}” ends on {_day(found.period_end)}",
        f"You have ended it. Nothing more is charged, and it runs until {_day(found.period_end)}.",
        f"If you change your mind before that day, let it go on: {page}",
        about=_about(found),
    )


def goes_on(found: Subscription, page: str) -> Letter:
    """Return how a subscriber hears that it does not end after all."""
    return letter(
        f"“{found.title}” goes on",
        f"It does not end with its period. The next {_price(found)} is charged on {_day(found.period_end)}.",
        page,
        about=_about(found),
    )


def has_ended(found: Subscription, page: str) -> Letter:
    """Return how a subscriber hears that it is over."""
    over = "Access to the data has ended with it. " if _is_data(found) else ""
    return letter(
        f"Your subscription to “{found.title}” has ended" if _is_data(found) else f"{found.title} has ended",
        f"{over}Nothing more is charged. You can begin a new one at any time.",
        page,
        about=_about(found),
    )


def period_returned(found: Subscription, amount: Money, page: str, *, is_end: bool) -> Letter:
    """Return how a subscriber hears that what they paid for a period is on its way back."""
    return letter(
        f"{amount} is on its way back to you",
        f"{amount} that you paid for “{found.title}” was given back to what you paid with. {BANKS_TAKE}",
        "With it, your access has ended." if is_end and _is_data(found) else "",
        page,
        about=_about(found),
    )


def period_sold(found: Subscription, amount: Money, yours: Money, sales: str) -> Letter:
    """Return how a seller hears that a subscriber has paid."""
    return letter(
        f"A subscriber paid for “{found.title}”", f"{period_row(found, amount, yours)}.", f"All your sales: {sales}",
        about=_about(found),
    )  # fmt: skip


def period_row(found: Subscription, amount: Money, yours: Money) -> str:
    """Return a paid period in one line of text."""
    return f"A {found.interval} of “{found.title}”: {amount} paid; {yours} is yours"


def period_refunded(found: Subscription, amount: Money, borne: Money, statement: str) -> Letter:
    """Return how a seller hears that a subscriber got money back."""
    return letter(
        f"{amount} of a subscription went back",
        f"{amount} that was paid for “{found.title}” went back to the subscriber. Your part of it is {borne}: it was "
        "taken from your Stripe balance, or is owed, and your next sales pay it.",
        f"Line by line it is in your statement: {statement}",
        about=_about(found),
    )


def _is_data(found: Subscription) -> bool:
    return found.kind == SubscriptionKind.DATA


def _price(found: Subscription) -> str:
    return f"{found.price} a {found.interval}"


def _day(at: datetime | None) -> str:
    return f"{at:%d %B %Y}" if at is not None else "the end of its period"


def _about(found: Subscription) -> str:
    return f"Subscription {found.public_id}"
