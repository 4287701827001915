"""What each fraud rule asks, as pure decisions over numbers."""

import enum
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import log
from statistics import median
from typing import NamedTuple

from polidat.core import Money, currency
from polidat.orders.fraud_models import RuleAction


class Unit(enum.StrEnum):
    """What a number of a rule counts."""

    SECONDS = "seconds"
    TIMES = "times"  # orders, payments, sales, downloads …
    THOUSANDTHS = "thousandths"  # of a whole
    DEVIATIONS = "deviations"  # robust standard deviations
    HUNDREDTHS = "hundredths"  # of a whole unit of the currency, whichever it is
    MAJOR = "whole units"  # of the currency, whichever it is
    MILLIONS = "millions"


class Number(NamedTuple):
    """A number a rule asks about: `window_s`, `threshold` or one of its limits, what it means, and in what unit."""

    name: str
    says: str
    unit: Unit


_WINDOW = Number("window_s", "Looks back over", Unit.SECONDS)
NUMBERS: Mapping[str, Sequence[Number]] = {
    "F1": (_WINDOW, Number("threshold", "Speaks from so many paid orders of one buyer", Unit.TIMES)),
    "F2": (
        _WINDOW,
        Number("threshold", "Speaks from so many declined payments of one buyer", Unit.TIMES),
        Number("locked_s", "Locks the checkout for", Unit.SECONDS),
    ),
    "F3": (Number("threshold", "Speaks below this price, whatever the currency", Unit.HUNDREDTHS),),
    "F5": (
        _WINDOW,
        Number("threshold", "Speaks above this share of sales to accounts in their first day", Unit.THOUSANDTHS),
        Number("sales_min", "Needs so many sales of the seller", Unit.TIMES),
        Number("first_day_min", "Needs so many of them to accounts in their first day", Unit.TIMES),
    ),
    "F6": (
        Number("threshold", "Speaks so far from the prices of the category", Unit.DEVIATIONS),
        Number("others_min", "Needs so many other prices in the category", Unit.TIMES),
    ),
    "F7": (Number("threshold", "Notes the first so many sales of a seller", Unit.TIMES),),
    "F8": (
        _WINDOW,
        Number("threshold", "Speaks above this share of a buyer's orders that went back", Unit.THOUSANDTHS),
        Number("orders_min", "Needs so many orders of the buyer", Unit.TIMES),
        Number("refunds_min", "Needs so many of them given back", Unit.TIMES),
    ),
    "F9": (
        _WINDOW,
        Number("threshold", "Speaks above this share of a seller's sales that are disputed", Unit.THOUSANDTHS),
        Number("sales_min", "Needs so many sales of the seller", Unit.TIMES),
        Number("disputes_min", "Needs so many of them disputed", Unit.TIMES),
    ),
    "F10": (
        Number("threshold", "Takes it that this share of warned payments is disputed", Unit.THOUSANDTHS),
        Number("dispute_fee_major", "Takes it that a dispute costs this fee", Unit.MAJOR),
    ),
    "F11": (
        _WINDOW,
        Number("threshold", "Speaks from so many uses by one person (0: not asked)", Unit.TIMES),
        Number("downloads_min", "Speaks from so many downloads (0: not asked)", Unit.TIMES),
        Number("million_rows_min", "Speaks from so many rows read (0: not asked)", Unit.MILLIONS),
        Number("networks_min", "Speaks from so many networks using one person's keys (0: not asked)", Unit.TIMES),
    ),
    "F13": (
        Number("window_s", "Lets payouts wait after a change for", Unit.SECONDS),
        Number("threshold", "Speaks from this amount, whatever the currency", Unit.MAJOR),
    ),
}
_LENGTHS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def in_words(value: int, unit: Unit) -> str:
    """Return a number of a rule as people say it, such as “10 minutes” or “60 %”."""
    if unit == Unit.SECONDS:
        each, name = next((one for one in _LENGTHS if value and value % one[0] == 0), (1, "second"))
        return f"{value // each:,} {name}{'' if value == each else 's'}"
    if unit == Unit.THOUSANDTHS:
        return f"{value / 10:g} %"
    if unit == Unit.HUNDREDTHS:
        return f"{value / 100:.2f}"
    return f"{value:,} {unit}" if unit in (Unit.DEVIATIONS, Unit.MAJOR, Unit.MILLIONS) else f"{value:,}"


# what an active rule may be set to do; a rule that is not named can only be looked at
ACTIONS: Mapping[str, Sequence[RuleAction]] = {
    "F1": (RuleAction.HOLD, RuleAction.REVIEW),
    "F2": (RuleAction.REFUSE, RuleAction.REVIEW),
    "F3": (RuleAction.REFUSE, RuleAction.REVIEW),
    "F4": (RuleAction.REFUSE, RuleAction.REVIEW),
    "F11": (RuleAction.HOLD, RuleAction.REVIEW),
    "F13": (RuleAction.REFUSE, RuleAction.REVIEW),
}
_DOTLESS = ("gmail.com", "googlemail.com")
_TO_SIGMA = 1.4826  # a median deviation of normal data times this is its standard deviation


def normal_address(email: str) -> str:
    """Return the mailbox behind an address: without a tag, and without dots where its provider ignores them."""
    local, _, domain = email.strip().lower().partition("@")
    local = re.sub(r"\+.*", "", local)
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def least_price(hundredths: int, code: str) -> Money:
    """Return the least price in a currency, given in hundredths of its whole unit, whatever its decimals."""
    known = currency(code)
    return Money(-(-hundredths * 10**known.exponent // 100), known.code)


def is_over(count: int, threshold: int) -> bool:
    """Return whether something happened as often as a rule allows, or more."""
    return count >= threshold


def is_share_over(part: int, whole: int, *, per_mille: int, whole_min: int, part_min: int) -> bool:
    """Return whether a share is above so many thousandths, of enough to speak of a share."""
    return whole >= whole_min and part >= part_min and 1000 * part > per_mille * whole


def bursts(
    moments: Iterable[tuple[int, datetime]], *, window: timedelta, threshold: int
) -> Iterator[tuple[int, datetime]]:
    """Yield who did something for at least the `threshold`th time within a window that ends then, and when.

    `moments` come in the order of time.
    """
    lately: dict[int, deque[datetime]] = {}
    for who, at in moments:
        times = lately.setdefault(who, deque())
        times.append(at)
        while times[0] <= at - window and len(times) > 1:
            times.popleft()
        if is_over(len(times), threshold):
            yield who, at


def is_price_outlier(price_minor: int, others: Sequence[int], *, deviations: int, others_min: int) -> bool:
    """Return whether a price is so many robust deviations from its kind, as ratios; never with few others."""
    if price_minor <= 0 or not others or len(others) < others_min:
        return False
    logs = [log(each) for each in others if each > 0]
    middle = median(logs)
    spread = _TO_SIGMA * median(abs(each - middle) for each in logs)
    return abs(log(price_minor) - middle) > deviations * max(spread, 0.1)
