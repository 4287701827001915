"""What each fraud rule asks, as pure decisions over numbers."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import log
from statistics import median

from polidat.orders.fraud_models import RuleAction

# what an active rule may be set to do; a rule that is not named can only be looked at
ACTIONS: Mapping[str, Sequence[RuleAction]] = {
    "F1": (RuleAction.HOLD, RuleAction.REVIEW),
    "F2": (RuleAction.REFUSE, RuleAction.REVIEW),
    "F4": (RuleAction.REFUSE, RuleAction.REVIEW),
}
THRESHOLDS: Mapping[str, str] = {
    "F1": "paid orders of a buyer within the window, or more",
    "F2": "declined payments of a buyer within the window, or more",
    "F5": "share of sales to accounts of that day, in thousandths",
    "F6": "robust deviations from the prices of the category",
    "F7": "the first so many sales of a seller",
    "F8": "share of a buyer's orders that went back, in thousandths",
    "F9": "share of a seller's sales that are disputed, in thousandths",
    "F10": "of warned payments are disputed, in thousandths",
}
NO_THRESHOLD = "not used"

_DOTLESS = ("gmail.com", "googlemail.com")
_TO_SIGMA = 1.4826  # a median deviation of normal data times this is its standard deviation


def normal_address(email: str) -> str:
    """Return the mailbox behind an address: without a tag, and without dots where its provider ignores them."""
    local, _, domain = email.strip().lower().partition("@")
    local = re.sub(r"\+.*", "", local)
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


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
