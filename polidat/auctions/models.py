"""Auctions and the bids in them."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from polidat.core import Money
from polidat.db import Base


class AuctionState(enum.StrEnum):
    """Where an auction is."""

    OPEN = "open"
    SOLD = "sold"
    UNSOLD = "unsold"  # nobody bid, or nobody reached the reserve
    STOPPED = "stopped"  # by its seller, before anybody had bid


class BidState(enum.StrEnum):
    """What became of a bid."""

    ASKED = "asked"  # written down; it counts once a card holds it
    LEADING = "leading"
    LOST = "lost"  # too low, beaten, or its card holds it no more
    WON = "won"


class Auction(Base):
    """One sale of a listing to the highest bidder. `reserve_minor` is nobody's business but the seller's."""

    __tablename__ = "auction"
    __table_args__ = (
        Index("uq_auction_open_listing", "listing_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_auction_ends", "ends_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    seller_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    currency: Mapped[str] = mapped_column(Text)
    start_minor: Mapped[int]
    reserve_minor: Mapped[int]
    state: Mapped[str] = mapped_column(Text, default=AuctionState.OPEN)
    begun_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    hard_end: Mapped[datetime]
    price_minor: Mapped[int] = mapped_column(default=0)
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    leading_bid: Mapped[int | None]  # a bid of this auction; bids point back, so no constraint
    bids: Mapped[int] = mapped_column(default=0)

    @property
    def start(self) -> Money:
        """What the first bid has to be, at least."""
        return Money(self.start_minor, self.currency)

    @property
    def price(self) -> Money:
        """What the leader would pay now; nothing before the first bid."""
        return Money(self.price_minor, self.currency)

    @property
    def meets_reserve(self) -> bool:
        """Whether it would be sold if it ended now."""
        return self.leading_bid is not None and self.price_minor >= self.reserve_minor


class Bid(Base):
    """An offer of at most `maximum_minor`, with the order that pays it. The maximum is the bidder's secret."""

    __tablename__ = "bid"
    __table_args__ = (UniqueConstraint("bidder_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    auction_id: Mapped[int] = mapped_column(ForeignKey("auction.id"), index=True)
    bidder_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    key: Mapped[str] = mapped_column(Text)
    maximum_minor: Mapped[int]
    order_ref: Mapped[str | None] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(Text, default=BidState.ASKED)
    placed_at: Mapped[datetime]
    counted_at: Mapped[datetime | None]
