"""Offer a listing to the highest bidder, and stop while nobody has bid."""

from datetime import UTC, datetime, timedelta

import pytest

from polidat.auctions import (
    AuctionRuns,
    AuctionState,
    NoSuchAuction,
    auction_of_listing,
    close_due,
    offer_auction,
    stop_auction,
)
from polidat.catalog import ListingState, NotForSale, draft_listing, open_store
from polidat.core import Invalid, Money
from polidat.people import register

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def seller(session):
    return register(session, "seller@example.org", now=NOW)


@pytest.fixture
def listing(session, seller):
    found = draft_listing(session, seller, open_store(session, seller, "Polls", now=NOW), "Polls 2023", now=NOW)
    found.price_minor, found.currency, found.state = 10_000, "usd", ListingState.PUBLISHED
    session.flush()
    return found


def offer(session, seller, listing, **terms):
    told = {"start": Money(1_000, "usd"), "lasts": DAY, "now": NOW, **terms}
    return offer_auction(session, seller, listing.id, told.pop("start"), **told)


def test_a_listing_is_in_one_auction_at_a_time(session, seller, listing):
    auction = offer(session, seller, listing)
    assert auction_of_listing(session, listing.id) is auction
    with pytest.raises(AuctionRuns):
        offer(session, seller, listing)


def test_an_auction_without_bids_can_be_stopped_by_its_seller_only(session, seller, listing):
    auction = offer(session, seller, listing)
    other = register(session, "other@example.org", now=NOW)
    with pytest.raises(NoSuchAuction):
        stop_auction(session, other, auction.public_id)
    stop_auction(session, seller, auction.public_id)
    assert auction_of_listing(session, listing.id) is None
    assert offer(session, seller, listing).state == AuctionState.OPEN


def test_one_with_bids_goes_on(session, seller, listing):
    auction = offer(session, seller, listing)
    auction.bids = 1
    session.flush()
    with pytest.raises(AuctionRuns, match="goes on"):
        stop_auction(session, seller, auction.public_id)


def test_only_what_is_ones_own_and_for_sale_is_offered(session, seller, listing):
    other = register(session, "other@example.org", now=NOW)
    with pytest.raises(NoSuchAuction):
        offer(session, other, listing)
    listing.state = ListingState.WITHDRAWN
    with pytest.raises(NotForSale):
        offer(session, seller, listing)


@pytest.mark.parametrize("terms", [
    {"start": Money(49, "usd")}, {"start": Money(5_125, "kwd")}, {"lasts": timedelta(minutes=9)},
    {"lasts": timedelta(days=6, seconds=1)}, {"reserve": Money(999, "usd")}, {"reserve": Money(9_000, "eur")},
])  # fmt: skip
def test_terms_that_cannot_work_are_refused(session, seller, listing, terms):
    with pytest.raises(Invalid):
        offer(session, seller, listing, **terms)


def test_an_auction_nobody_bid_in_ends_unsold(session, seller, listing):
    auction = offer(session, seller, listing)
    assert close_due(session, now=NOW + DAY - timedelta(seconds=1)) == 0
    assert close_due(session, now=NOW + DAY) == 1
    assert auction.state == AuctionState.UNSOLD
