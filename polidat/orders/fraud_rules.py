"""What each fraud rule asks, as pure decisions over numbers."""

import re
from collections.abc import Sequence
from math import log
from statistics import median

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


def is_price_outlier(price_minor: int, others: Sequence[int], *, deviations: int) -> bool:
    """Return whether a price is so many robust deviations from its kind, as ratios; never with few others."""
    if price_minor <= 0 or len(others) < 8:
        return False
    logs = [log(each) for each in others if each > 0]
    middle = median(logs)
    spread = _TO_SIGMA * median(abs(each - middle) for each in logs)
    return abs(log(price_minor) - middle) > deviations * max(spread, 0.1)
