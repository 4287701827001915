"""Auctions: who offers most, for how much, and until when. Orders and cards follow by what is told here."""

from polidat.auctions.bid import close_due, count_bid, drop_bid, place_bid
from polidat.auctions.errors import AuctionOver, AuctionRuns, BidTooLow, NoSuchAuction
from polidat.auctions.events import AuctionUnsold, AuctionWon, BidCounted, BidLost
from polidat.auctions.models import Auction, AuctionState, Bid, BidState
from polidat.auctions.rules import Offer, Standing, increment, least_bid, take
from polidat.auctions.sell import (
    LONGEST,
    SHORTEST,
    auction_of_listing,
    auctions_of_seller,
    my_bid,
    offer_auction,
    standing_of,
    stop_auction,
)

__all__ = [
    "LONGEST",
    "SHORTEST",
    "Auction",
    "AuctionOver",
    "AuctionRuns",
    "AuctionState",
    "AuctionUnsold",
    "AuctionWon",
    "Bid",
    "BidCounted",
    "BidLost",
    "BidState",
    "BidTooLow",
    "NoSuchAuction",
    "Offer",
    "Standing",
    "auction_of_listing",
    "auctions_of_seller",
    "close_due",
    "count_bid",
    "drop_bid",
    "increment",
    "least_bid",
    "my_bid",
    "offer_auction",
    "place_bid",
    "standing_of",
    "stop_auction",
    "take",
]
