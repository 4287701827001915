"""Bid, count what a card holds, and end what is due."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.auctions.errors import AuctionOver, BidTooLow, NoSuchAuction
from polidat.auctions.events import AuctionUnsold, AuctionWon, BidCounted, BidLost
from polidat.auctions.models import Auction, AuctionState, Bid, BidState
from polidat.auctions.rules import Offer, Standing, end_after, least_bid, take
from polidat.auctions.sell import SOFT_CLOSE, locked_auction, open_bids, standing_of
from polidat.core import Conflict, Invalid, Money
from polidat.events import emit
from polidat.payments import HoldEnded, PaymentHeld
from polidat.people import Person

_BATCH = 100
_BEATEN = "Somebody offers more. Your card is free again; bid higher if you like."
_RAISED = "You have bid higher since; only the newer bid is held."
_LATE = "The auction was over before your card held the bid. Nothing was charged."
_UNSOLD = "The auction ended below the seller's reserve. Nothing was charged."
_LEFT = "The auction is over, and your bid was never held by a card. Nothing was charged."


def place_bid(session: Session, bidder: Person, auction_ref: str, maximum: Money, *, key: str, now: datetime) -> Bid:
    """Write down a bid of at most `maximum`; it counts once a card holds it. The same key is the same bid.

    Raises NoSuchAuction, AuctionOver, Conflict for the seller, Invalid for another currency, BidTooLow.
    """
    auction = locked_auction(session, auction_ref)
    if auction is None:
        raise NoSuchAuction
    known = session.scalar(select(Bid).where((Bid.bidder_id == bidder.id) & (Bid.key == key)))
    if known is not None:
        return known
    if auction.seller_id == bidder.id:
        raise Conflict("This is your own auction: you cannot bid in it.")
    if auction.state != AuctionState.OPEN or auction.ends_at <= now:
        raise AuctionOver
    if maximum.currency != auction.currency:
        raise Invalid(f"Bid in {auction.currency.upper()}: this auction is in one currency.")
    least = least_bid(standing_of(session, auction), auction.start, bidder.id)
    if maximum.minor < least:
        raise BidTooLow(Money(least, auction.currency))
    bid = Bid(auction_id=auction.id, bidder_id=bidder.id, key=key, maximum_minor=maximum.minor, placed_at=now)
    session.add(bid)
    session.flush()
    return bid


def count_bid(session: Session, fact: PaymentHeld) -> None:
    """Let a bid count, now that a card holds it. The reaction to PaymentHeld."""
    bid = session.scalar(select(Bid).where(Bid.order_ref == fact.subject))
    if bid is None:
        return
    auction = _locked(session, bid.auction_id)
    session.refresh(bid)
    if bid.state != BidState.ASKED:
        if bid.state == BidState.LOST:
            _lose(session, auction, bid, _LATE, fact.at)  # its card holds it only now: free it again
        return
    if auction.state != AuctionState.OPEN or auction.ends_at <= fact.at:
        _lose(session, auction, bid, _LATE, fact.at)
        return
    before = standing_of(session, auction)
    offer = Offer(bid.id, bid.bidder_id, bid.maximum_minor)
    after = take(before, offer, start=auction.start, reserve_minor=auction.reserve_minor)
    bid.counted_at, auction.bids = fact.at, auction.bids + 1
    _stand(auction, after)
    auction.ends_at = end_after(auction.ends_at, auction.hard_end, SOFT_CLOSE, fact.at)
    if after.bid_id != bid.id:
        _lose(session, auction, bid, _BEATEN, fact.at)
    else:
        bid.state = BidState.LEADING
        if before.bid_id is not None:
            beaten = session.get_one(Bid, before.bid_id)
            _lose(session, auction, beaten, _RAISED if beaten.bidder_id == bid.bidder_id else _BEATEN, fact.at)
    session.flush()
    emit(session, BidCounted(auction.public_id, auction.price_minor, auction.currency, auction.ends_at))


def drop_bid(session: Session, fact: HoldEnded) -> None:
    """Let a bid count no more that no card holds. The reaction to HoldEnded."""
    bid = session.scalar(select(Bid).where(Bid.order_ref == fact.subject))
    if bid is None:
        return
    auction = _locked(session, bid.auction_id)
    session.refresh(bid)
    if bid.state == BidState.ASKED:
        bid.state = BidState.LOST
    elif bid.state == BidState.LEADING:
        bid.state = BidState.LOST
        _stand(auction, Standing())  # nobody else's card holds a bid: it starts again
        session.flush()
        emit(session, BidCounted(auction.public_id, auction.price_minor, auction.currency, auction.ends_at))


def close_due(session: Session, *, now: datetime) -> int:
    """End the auctions whose time is over: the leader has won, or nothing is sold. Returns how many ended."""
    due = (Auction.state == AuctionState.OPEN) & (Auction.ends_at <= now)
    rows = select(Auction).where(due).order_by(Auction.ends_at).limit(_BATCH).with_for_update(skip_locked=True)
    ended = session.scalars(rows.execution_options(populate_existing=True)).all()
    for auction in ended:
        _close(session, auction, now=now)
    return len(ended)


def _close(session: Session, auction: Auction, *, now: datetime) -> None:
    for bid in open_bids(session, auction.id):
        _lose(session, auction, bid, _LEFT, now)
    best = session.get(Bid, auction.leading_bid) if auction.leading_bid is not None else None
    if best is None or not auction.meets_reserve:
        auction.state = AuctionState.UNSOLD
        if best is not None:
            _lose(session, auction, best, _UNSOLD, now)
        session.flush()
        emit(session, AuctionUnsold(auction.public_id, auction.seller_id))
        return
    auction.state, best.state = AuctionState.SOLD, BidState.WON
    session.flush()
    won = AuctionWon(
        auction.public_id, best.order_ref or "", best.bidder_id, auction.price_minor, auction.currency, now
    )
    emit(session, won)


def _locked(session: Session, auction_id: int) -> Auction:
    row = select(Auction).where(Auction.id == auction_id).with_for_update()
    return session.scalars(row.execution_options(populate_existing=True)).one()


def _stand(auction: Auction, standing: Standing) -> None:
    auction.price_minor, auction.leader_id = standing.price_minor, standing.leader_id
    auction.leading_bid = standing.bid_id


def _lose(session: Session, auction: Auction, bid: Bid, why: str, at: datetime) -> None:
    bid.state = BidState.LOST
    session.flush()
    emit(session, BidLost(auction.public_id, bid.order_ref or "", bid.bidder_id, why, at))
