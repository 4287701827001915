"""An auction in the pages: offered by its seller, bid in by a visitor, held by a card, won."""

from datetime import timedelta

import httpx
import pytest

from pages.parts.auction import time_left
from polidat.auctions import auction_of_listing, close_due, my_bid
from polidat.orders import my_orders, sync_order
from tests.factories import person
from tests.pages.test_money_pages import sold_by_somebody_paid
from tests.pages.test_pages import shown, words
from tests.stripe_sandbox.conftest import Clock, Sandbox, eventually, pay


@pytest.fixture(scope="module")
def stripe(house):
    with httpx.Client(follow_redirects=False, timeout=30) as web:
        yield Sandbox(house.sandbox_url, Clock(), web)


@pytest.fixture(scope="module")
def listing(house, stripe, tmp_path_factory):
    return sold_by_somebody_paid(house, stripe, tmp_path_factory.mktemp("auction"), "Auction polls")


def press(page, label: str):
    page.button[[each.label for each in page.button].index(label)].click().run()
    assert not page.exception


def test_a_seller_offers_a_listing_and_a_bidder_wins_it(house, stripe, listing, monkeypatch):
    seller, bidder = person(house, "seller-of-auction-polls"), person(house, "bidder")
    page = shown("sell_overview.py", house, monkeypatch, seller)
    page.text_input(key=f"auction_start_{listing.slug}").set_value("ten")
    press(page, "Start the auction")
    assert "“ten” is not an amount" in words(page)
    page.text_input(key=f"auction_start_{listing.slug}").set_value("10.00")
    press(page, "Start the auction")
    assert "Stop the auction" in [each.label for each in page.button]

    page = shown("shop_listing.py", house, monkeypatch, bidder, listing=listing.slug)
    assert "Bids start at" in [each.label for each in page.metric]
    page.checkbox[0].check()
    page.text_input(key="bid_amount").set_value("9.99")
    press(page, "Bid")
    assert "bid at least 10.00 USD" in words(page)
    page.text_input(key="bid_amount").set_value("25.00")
    press(page, "Bid")
    assert "Your card only holds 25.00 USD" in words(page)
    with house.reading() as session:
        (order,) = my_orders(session, bidder)
    (hold,) = stripe.client().v1.checkout.sessions.list({"status": "open", "limit": 1}).data
    assert pay(stripe, hold.url).status_code == 303

    sync_order(house.database, house.gateway, bidder, order.public_id, now=house.now())
    seen = shown("shop_order.py", house, monkeypatch, bidder, order=order.public_id)
    assert "stands behind your bid" in words(seen)
    seen = shown("shop_listing.py", house, monkeypatch, bidder, listing=listing.slug)
    assert "You lead, with at most 25.00 USD" in words(seen)
    assert "1 bid · 2 d 23 h left" in words(seen)

    with house.unit_of_work() as session:
        auction = auction_of_listing(session, listing.id)
        assert auction is not None
        close_due(session, now=auction.ends_at + timedelta(seconds=1))
        assert my_bid(session, bidder, auction.id).state == "won"
    eventually(
        lambda: sync_order(house.database, house.gateway, bidder, order.public_id, now=house.now()).is_fulfilled,
        timeout_s=60,
    )
    assert "Paid 10.00 USD" in words(shown("shop_order.py", house, monkeypatch, bidder, order=order.public_id))
    assert stripe.client().v1.payment_intents.list().data[0].amount_received == 1_000


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (timedelta(days=2, hours=23, minutes=59), "2 d 23 h left"),
        (timedelta(hours=1, minutes=1, seconds=1), "1 h 1 min left"),
        (timedelta(seconds=61), "1 min 1 s left"),
        (timedelta(seconds=-1), "closing now"),
    ],
)
def test_the_time_left_is_told_as_finely_as_it_matters(left: timedelta, told: str):
    assert time_left(left) == told
