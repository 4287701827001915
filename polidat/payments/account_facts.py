"""What Stripe tells of a seller's account, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Asked:
    """Something Stripe asks of a seller. `field` is its name for it.

    `when` is past_due, currently_due or eventually_due; `problem` is why an earlier answer was not taken, in Stripe's
    words; empty for a first question.
    """

    field: str
    when: str
    problem: str = ""


@dataclass(frozen=True)
class BankFacts:
    """Where payouts go: a bank account, or a debit card. Of its number nobody here has more than the last digits."""

    id: str
    kind: str
    name: str
    last4: str
    currency: str
    country: str
    state: str
    is_default: bool
    takes_instant: bool


@dataclass(frozen=True)
class AccountFacts:
    """A seller's account at Stripe: the standing of its two capabilities, and what is still asked of it.

    `due` names what waits for the seller. `reason` is Stripe's code of why it cannot receive, and `deadline_at` until
    when the first of what is asked is wanted.
    """

    id: str
    transfers: str
    payouts: str
    due: tuple[str, ...]
    asked: tuple[Asked, ...] = ()
    reason: str = ""
    deadline_at: datetime | None = None


@dataclass(frozen=True)
class PayoutSetup:
    """Where and when an account is paid out. `schedule` has interval, days and delay_days."""

    banks: tuple[BankFacts, ...] = ()
    schedule: Mapping[str, object] = field(default_factory=dict[str, object])
