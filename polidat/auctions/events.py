"""Facts of auctions."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class BidCounted:
    """A bid counts, whether it leads or not: the price and the end may have moved."""

    auction: str
    price_minor: int
    currency: str
    ends_at: datetime


@dataclass(frozen=True)
class BidLost:
    """A bid is out; its order is to be dropped. `why` is a sentence for the bidder."""

    auction: str
    order: str
    bidder_id: int
    why: str
    at: datetime


@dataclass(frozen=True)
class AuctionWon:
    """An auction ended, and the order of the winning bid is to be charged the price."""

    auction: str
    order: str
    winner_id: int
    price_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True)
class AuctionUnsold:
    """An auction ended without a sale."""

    auction: str
    seller_id: int
