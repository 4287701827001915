"""When operators are called, as pure decisions with their numbers: no session, no clock."""

import enum
from dataclasses import dataclass
from datetime import timedelta
from math import exp, lgamma, log, log1p

PURCHASES_MIN = 10  # tried in a window: with fewer, everything would look unusual
FAILURE_FLOOR = 0.1  # a tenth of purchases may fail anywhere; also what holds without a history
CHANCE_MAX = 1e-4  # of seeing as many failures or more, if nothing were wrong
USUAL_OVER = timedelta(days=28)
PAYOUTS_FAILED_MIN, PAYOUT_SELLERS_MIN = 3, 2  # within a day
PAYOUT_LATE = timedelta(hours=36)  # after the day the bank was to have it; they are looked up each night
TRANSFER_TRIES = 24  # once an hour
TRANSFER_LOST = timedelta(hours=2)
EVENT_STUCK = timedelta(minutes=30)  # the sweeper asks again every ten minutes
SWEEP_LATE = timedelta(minutes=40)  # four of its turns
JOB_LATE = timedelta(minutes=15)
JOBS_FAILED_OVER = timedelta(days=1)
MAIL_TRIES, MAILS_OVER = 5, timedelta(days=1)  # once a minute
CLEARING_OPEN = timedelta(hours=24)
QUIET = timedelta(hours=1)  # what comes back sooner is the same alert, and is not mailed again


class AlarmKind(enum.StrEnum):
    """What operators are called for."""

    FAILED_HOUR = "A1"  # far more purchases than usual failed in the last hour
    FAILED_DAY = "A2"  # far more purchases than usual failed in the last day
    PAYOUTS_FAILED = "A3"  # several payouts of several sellers came back within a day
    PAYOUTS_LATE = "A4"  # a payout is still on its way long after it was to arrive
    TRANSFERS = "A5"  # parts of sales do not reach their sellers
    EVENTS = "A6"  # events of Stripe's wait to be worked on
    SWEEPER = "A7"  # nobody looks for what no event told
    JOBS_LATE = "A8"  # jobs begin long after they were due
    JOBS_FAILED = "A9"  # a job gave up
    MAIL = "A13"  # the mail server does not take mails: this alert is on the page only
    ORDERS = "A14"  # money of orders does not fit, and nobody has looked yet
    CLEARING = "A10"  # money rests where it should only pass through
    DRIFT = "A11"  # a balance is not the sum of its entries
    STRIPE = "A12"  # the books and Stripe do not agree


@dataclass(frozen=True)
class Purchases:
    """How many purchases were tried in a window, and how many of them failed."""

    tried: int
    failed: int


def usual_share(before: Purchases) -> float:
    """Return which share of purchases fails usually, never less than the floor; few purchases weigh little."""
    return min(max((before.failed + 1) / (before.tried + 10), FAILURE_FLOOR), 0.9)


def fails_unusually(now: Purchases, before: Purchases) -> bool:
    """Return whether so many failures cannot be chance, given how many there were in the weeks before."""
    return now.tried >= PURCHASES_MIN and chance_of(now, usual_share(before)) < CHANCE_MAX


def chance_of(seen: Purchases, share: float) -> float:
    """Return how likely at least so many of the purchases fail when each fails with this chance (binomial tail)."""
    return sum(_exactly(failed, seen.tried, share) for failed in range(seen.failed, seen.tried + 1))


def _exactly(failed: int, tried: int, share: float) -> float:
    ways = lgamma(tried + 1) - lgamma(failed + 1) - lgamma(tried - failed + 1)
    return exp(ways + failed * log(share) + (tried - failed) * log1p(-share))


def lasted(time: timedelta) -> str:
    """Return a time in words, rounded down."""
    minutes = int(time.total_seconds()) // 60
    if minutes < 120:
        return f"{minutes} minutes"
    hours = minutes // 60
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"
