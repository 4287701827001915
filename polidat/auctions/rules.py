"""How bids become a price: automatic bidding up to a maximum, as eBay does it. Values only.

Increments: eBay's help page "Automatic bidding" and its table of bid increments, in hundredths of the major unit. You
can be outbid by less than an increment; an equal later maximum loses to the earlier one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from polidat.core import Money, currency

_INCREMENTS = (
    (100, 5),
    (500, 25),
    (2_500, 50),
    (10_000, 100),
    (25_000, 250),
    (50_000, 500),
    (100_000, 1_000),
    (250_000, 2_500),
    (500_000, 5_000),
)  # below a price of so many hundredths, the increment is this
_LARGEST = 10_000


@dataclass(frozen=True)
class Standing:
    """Where an auction stands: the price, who leads with which bid, and the maximum that nobody else may see."""

    price_minor: int = 0
    leader_id: int | None = None
    bid_id: int | None = None
    maximum_minor: int = 0


@dataclass(frozen=True)
class Offer:
    """A bid whose card holds it."""

    bid_id: int
    bidder_id: int
    maximum_minor: int


def increment(price: Money) -> int:
    """Return by how much a price has to be beaten, in minor units of its currency."""
    known = currency(price.currency)
    unit = Fraction(10**known.exponent, 100)
    wide = next((step for below, step in _INCREMENTS if price.minor < below * unit), _LARGEST)
    steps = max(1, round(wide * unit / known.charge_step))
    return int(steps * known.charge_step)


def least_bid(standing: Standing, start: Money, bidder_id: int) -> int:
    """Return the smallest maximum this bidder may offer now, in minor units."""
    if standing.bid_id is None:
        return start.minor
    if standing.leader_id == bidder_id:
        return standing.maximum_minor + 1
    return standing.price_minor + increment(Money(standing.price_minor, start.currency))


def take(standing: Standing, offer: Offer, *, start: Money, reserve_minor: int) -> Standing:
    """Return where the auction stands after an offer; one that is too low, or does not beat the leader, leads not.

    Once the leader's maximum reaches the reserve the price is at least the reserve.
    """
    if offer.maximum_minor < least_bid(standing, start, offer.bidder_id):
        return standing
    code = start.currency
    if standing.bid_id is None:
        leads, price = True, start.minor
    elif standing.leader_id == offer.bidder_id:
        leads, price = True, standing.price_minor
    elif offer.maximum_minor > standing.maximum_minor:
        step = increment(Money(standing.maximum_minor, code))
        leads, price = True, min(offer.maximum_minor, standing.maximum_minor + step)
    else:
        step = increment(Money(offer.maximum_minor, code))
        leads, price = False, min(standing.maximum_minor, offer.maximum_minor + step)
    best = offer.maximum_minor if leads else standing.maximum_minor
    if best >= reserve_minor:
        price = max(price, reserve_minor)
    if leads:
        return Standing(price, offer.bidder_id, offer.bid_id, best)
    return Standing(price, standing.leader_id, standing.bid_id, best)


def end_after(ends_at: datetime, hard_end: datetime, soft_close: timedelta, at: datetime) -> datetime:
    """Return when an auction ends after a bid at `at`: one in the last moments gives the others time to answer."""
    return max(ends_at, min(at + soft_close, hard_end))
