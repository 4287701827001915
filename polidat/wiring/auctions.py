"""Auctions and orders do not know each other: a bid gets its order here, and what becomes of the bid reaches it."""

from datetime import datetime

from sqlalchemy.orm import Session

from polidat.auctions import AuctionWon, BidLost, auction_of_listing, place_bid
from polidat.catalog import NOTHING_AGREED, Agreed
from polidat.core import Conflict, Money
from polidat.db import Database
from polidat.orders import charge_bid_order, drop_bid_order, order_bid, start_hold
from polidat.payments import Gateway
from polidat.people import Person, queue_mail


def bid_in_auction(
    database: Database,
    gateway: Gateway,
    bidder: Person,
    listing_id: int,
    maximum: Money,
    *,
    key: str,
    return_url: str,
    now: datetime,
    agreed: Agreed = NOTHING_AGREED,
) -> tuple[str, str]:
    """Bid at most `maximum` for a listing; return the order's id and the address where a card is to hold it.

    `return_url` ends with a slash; the order's id is added. Raises what `place_bid`, `order_bid` and `start_hold` do.
    """
    with database.unit_of_work() as session:
        auction = auction_of_listing(session, listing_id)
        if auction is None:
            raise Conflict("There is no auction for this dataset now.")
        bid = place_bid(session, bidder, auction.public_id, maximum, key=key, now=now)
        order = order_bid(session, bidder, listing_id, maximum, key=f"bid:{bid.id}", now=now, agreed=agreed)
        bid.order_ref = order.public_id
    url = start_hold(database, gateway, bidder, order.public_id, return_url=f"{return_url}{order.public_id}", now=now)
    return order.public_id, url


def drop_lost_bid(session: Session, fact: BidLost) -> None:
    """Drop the order of a bid that is out, and tell the bidder."""
    drop_bid_order(session, fact.order, fact.why)
    bidder = session.get_one(Person, fact.bidder_id)
    queue_mail(session, bidder.email, "Your bid on PoliDat is out", f"{fact.why}\n\nOrder {fact.order}", now=fact.at)


def charge_winner(session: Session, fact: AuctionWon) -> None:
    """Charge the order of the bid that has won, and tell the bidder."""
    price = Money(fact.price_minor, fact.currency)
    charge_bid_order(session, fact.order, price, now=fact.at)
    winner = session.get_one(Person, fact.winner_id)
    told = f"Your bid has won. Your card is charged {price}; then the data is in your library.\n\nOrder {fact.order}"
    queue_mail(session, winner.email, "You have won an auction on PoliDat", told, now=fact.at)
