"""Offer a listing to the highest bidder, and find what is offered."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.auctions.errors import AuctionRuns, NoSuchAuction
from polidat.auctions.models import Auction, AuctionState, Bid, BidState
from polidat.auctions.rules import Standing
from polidat.catalog import listing_for_sale, shipping_of
from polidat.core import Invalid, Money, currency, new_public_id
from polidat.events import record
from polidat.people import Person

SHORTEST, LONGEST = timedelta(minutes=10), timedelta(days=6)  # a card holds a bid for seven days
SOFT_CLOSE = timedelta(minutes=2)
_EXTENDED_AT_MOST = timedelta(hours=2)


def offer_auction(
    session: Session,
    seller: Person,
    listing_id: int,
    start: Money,
    *,
    reserve: Money | None = None,
    lasts: timedelta,
    now: datetime,
) -> Auction:
    """Offer a published listing to the highest bidder from now on, for ten minutes to six days.

    Below `reserve` it is not sold; only the seller knows it. A bid in the last two minutes moves the end, by two hours
    in all at most. Raises NotForSale, NoSuchListing, NoSuchAuction for somebody else's listing, Invalid, AuctionRuns.
    """
    listing = listing_for_sale(session, listing_id)
    if listing.store.owner_id != seller.id:
        raise NoSuchAuction
    if shipping_of(session, listing_id) is not None:
        raise Invalid("A good that ships is not sold by auction: a bid says nothing of its delivery.")
    known = currency(start.currency)
    if start.minor < known.charge_min_minor or start.minor % known.charge_step:
        raise Invalid(f"Start at {Money(known.charge_min_minor, known.code)} or more, in steps a card can be charged.")
    if reserve is not None and (reserve.currency != start.currency or reserve.minor < start.minor):
        raise Invalid("The reserve is in the currency of the auction, and not below its start.")
    if not SHORTEST <= lasts <= LONGEST:
        raise Invalid("An auction lasts ten minutes to six days: a card holds a bid for seven.")
    if auction_of_listing(session, listing_id) is not None:
        raise AuctionRuns("This listing is in an auction already. Wait for its end.")
    auction = Auction(
        public_id=new_public_id("auc"),
        listing_id=listing_id,
        seller_id=seller.id,
        currency=start.currency,
        start_minor=start.minor,
        reserve_minor=reserve.minor if reserve is not None else 0,
        begun_at=now,
        ends_at=now + lasts,
        hard_end=now + lasts + _EXTENDED_AT_MOST,
    )
    session.add(auction)
    session.flush()
    told = {"start": start, "reserve": reserve or "", "ends": auction.ends_at}
    record(session, "auction", f"auction:{auction.public_id}", by=seller.id, after=told)
    return auction


def stop_auction(session: Session, seller: Person, auction_ref: str) -> None:
    """End an auction nobody has bid in. Raises NoSuchAuction, AuctionRuns once somebody has."""
    auction = locked_auction(session, auction_ref)
    if auction is None or auction.seller_id != seller.id:
        raise NoSuchAuction
    if auction.state != AuctionState.OPEN:
        return
    if auction.bids:
        raise AuctionRuns("Somebody has bid: the auction goes on to its end.")
    auction.state = AuctionState.STOPPED
    record(session, "auction", f"auction:{auction_ref}", by=seller.id, after={"state": auction.state})


def auction_of_listing(session: Session, listing_id: int) -> Auction | None:
    """Return the auction that runs for a listing."""
    running = (Auction.listing_id == listing_id) & (Auction.state == AuctionState.OPEN)
    return session.scalar(select(Auction).where(running))


def auctions_of_seller(session: Session, seller: Person) -> Sequence[Auction]:
    """Return the seller's auctions, newest first."""
    return session.scalars(select(Auction).where(Auction.seller_id == seller.id).order_by(Auction.id.desc())).all()


def my_bid(session: Session, bidder: Person, auction_id: int) -> Bid | None:
    """Return the bidder's newest bid in an auction."""
    mine = (Bid.auction_id == auction_id) & (Bid.bidder_id == bidder.id)
    return session.scalar(select(Bid).where(mine).order_by(Bid.id.desc()).limit(1))


def locked_auction(session: Session, auction_ref: str) -> Auction | None:
    """Return the auction, so that nobody else bids in it before this unit of work ends."""
    row = select(Auction).where(Auction.public_id == auction_ref).with_for_update()
    return session.scalar(row.execution_options(populate_existing=True))


def standing_of(session: Session, auction: Auction) -> Standing:
    """Return where an auction stands, with the leader's maximum."""
    if auction.leading_bid is None:
        return Standing()
    bid = session.get_one(Bid, auction.leading_bid)
    return Standing(auction.price_minor, bid.bidder_id, bid.id, bid.maximum_minor)


def open_bids(session: Session, auction_id: int) -> Sequence[Bid]:
    """Return the bids whose cards do not hold them yet."""
    asked = (Bid.auction_id == auction_id) & (Bid.state == BidState.ASKED)
    return session.scalars(select(Bid).where(asked).order_by(Bid.id)).all()
