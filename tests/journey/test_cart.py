"""Carts in a real browser.

Three sellers, one payment, one order, all in the library, and one of them a good that ships in the way the buyer chose;
then one line goes back. A visitor's cart becomes theirs when
they sign in, and one of two licences goes to somebody else.
"""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from polidat.catalog import Delivery, ShippingOffer, set_shipping
from polidat.core import Money
from polidat.payments import start_onboarding, sync_account
from polidat.settings import Settings
from polidat.wiring import open_house
from tests.conftest import free_port, quick_home
from tests.factories import person, published
from tests.journey.test_purchase import ROOT, WAIT_MS, accept, answering, browser, pay_with_test_card, sign_in

__all__ = ["browser"]
PRICES = (6_000, 2_500, 1_499)
SHIPS = 2_500
SHIP_TO = {"name": "Ada Buyer", "line1": "Ringstraße 77", "postal_code": "1010", "city": "Wien"}
BACK = "http://127.0.0.1:1/back"


def stock(home: Path, port: int, folder: Path) -> None:
    """Three sellers who can be paid, with a listing each."""
    house = open_house(Settings(home=home, port=port, demo_data=False))
    try:
        for price in PRICES:
            listing = published(house, folder, f"Data {price}", price_minor=price)
            seller = person(house, f"seller-of-data-{price}")
            if price == SHIPS:
                ways = [Delivery("By post", Money(300, "usd"), days=(3, 5)), Delivery("Express", Money(800, "usd"))]
                with house.unit_of_work() as session:
                    set_shipping(session, seller, listing.id, ShippingOffer(ways), now=house.now())
            start_onboarding(house.database, house.gateway, seller, return_url=BACK, refresh_url=BACK, now=house.now())
            account = sync_account(house.database, house.gateway, seller, now=house.now())
            httpx.post(f"{house.sandbox_url}/_sandbox/accounts/{account.stripe_id}/approve", json={})
            sync_account(house.database, house.gateway, seller, now=house.now())
    finally:
        house.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    port = free_port()
    with quick_home() as home:
        stock(home, port, tmp_path_factory.mktemp("cart"))
        env = os.environ | {"POLIDAT_HOME": str(home), "POLIDAT_PORT": str(port), "POLIDAT_DEMO_DATA": "false"}
        app = subprocess.Popen([sys.executable, "-m", "polidat.cli", "up"], cwd=ROOT, env=env)
        try:
            yield answering(f"http://127.0.0.1:{port}")
        finally:
            app.terminate()
            app.wait(timeout=60)


def test_a_cart_of_three_sellers_is_paid_once_and_one_line_goes_back(browser, address):
    page = browser.new_page()
    page.set_default_timeout(WAIT_MS)
    sign_in(page, address, "buyer@example.org")
    for price in PRICES:
        page.goto(f"{address}/listing?listing=data-{price}")
        page.locator(".st-key-add_to_cart button").click()
        expect(page.locator(f".st-key-cart_data-{price}")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text("One payment for 3 sellers")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text("102.99 USD")).to_be_visible(timeout=WAIT_MS)
    page.locator(f".st-key-way_data-{SHIPS}").get_by_role("combobox").click()
    page.get_by_role("option", name="Express").click()
    expect(page.get_by_text("107.99 USD")).to_be_visible(timeout=WAIT_MS)
    look(page, "cart_ships")
    accept(page)
    page.locator(".st-key-check_out button").click()
    page.locator("#pay_link").click()
    page.locator("#ship_country").select_option("AT")
    for name, text in SHIP_TO.items():
        page.locator(f"#ship_{name}").fill(text)
    look(page, "checkout_ships")
    pay_with_test_card(page)
    expect(page.get_by_text("The seller has your order")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text("Express", exact=True)).to_be_visible()
    look(page, "order_ships")
    order_address = page.url
    page.goto(f"{address}/library")
    for price in PRICES:
        expect(page.get_by_text(f"Data {price}", exact=True)).to_be_visible(timeout=WAIT_MS)

    seller = browser.new_context().new_page()
    seller.set_default_timeout(WAIT_MS)
    sign_in(seller, address, "seller-of-data-1499@example.org")
    seller.goto(f"{address}/sales")
    seller.get_by_text("Give a sale back").click()
    seller.get_by_role("button", name="Refund").click()
    expect(seller.get_by_text("14.99 USD goes back to the buyer.")).to_be_visible(timeout=WAIT_MS)

    for _ in range(20):
        page.goto(order_address)
        if page.get_by_text("14.99 USD was given back").count():
            break
        page.wait_for_timeout(1_000)
    expect(page.get_by_text("14.99 USD was given back")).to_be_visible(timeout=WAIT_MS)
    page.goto(f"{address}/library")
    expect(page.get_by_text("Data 6000", exact=True)).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text("Data 1499", exact=True)).to_have_count(0)
    page.close()


def look(page, name: str) -> None:
    """Keep pictures of a page, wide and narrow, where somebody asked for them."""
    if folder := os.environ.get("SCREENSHOTS"):
        for width in (420, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(1_500)
            page.screenshot(path=f"{folder}/{name}_{width}.png", full_page=True)


def test_a_visitor_fills_a_cart_signs_in_pays_for_two_and_gives_one_away(browser, address):
    page = browser.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{address}/listing?listing=data-6000")
    page.locator(".st-key-licences input").fill("2")
    page.locator(".st-key-licences input").press("Enter")
    expect(page.locator("form[action='/cart/add'] input[name=quantity]")).to_have_value("2", timeout=WAIT_MS)
    look(page, "listing_visitor")
    page.locator("#add_to_cart").click()
    expect(page.get_by_text("2 × 60.00 USD")).to_be_visible(timeout=WAIT_MS)
    cookie = next(each for each in page.context.cookies() if each["name"] == "polidat_cart")
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    page.locator(".st-key-note_data-6000 input").fill("For the two of us")
    page.locator(".st-key-note_data-6000 input").press("Enter")
    look(page, "cart_visitor")

    sign_in(page, address, "visitor@example.org")
    page.goto(f"{address}/cart")
    expect(page.get_by_text("2 × 60.00 USD")).to_be_visible(timeout=WAIT_MS)
    assert "polidat_cart" not in {each["name"] for each in page.context.cookies()}
    expect(page.locator(".st-key-note_data-6000 input")).to_have_value("For the two of us")
    accept(page)
    look(page, "cart_person")
    page.locator(".st-key-check_out button").click()
    page.locator("#pay_link").click()
    pay_with_test_card(page)
    expect(page.get_by_text("Paid 120.00 USD")).to_be_visible(timeout=WAIT_MS)
    page.locator(".st-key-give_to_1 input").fill("friend@example.org")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_text("has not accepted it yet")).to_be_visible(timeout=WAIT_MS)
    look(page, "order_seats")
    order_address = page.url

    friend = browser.new_context().new_page()
    friend.set_default_timeout(WAIT_MS)
    sign_in(friend, address, "friend@example.org")
    friend.goto(f"{address}/library")
    expect(friend.get_by_text("gives you a licence of")).to_be_visible(timeout=WAIT_MS)
    look(friend, "library_given")
    accept(friend)
    friend.get_by_role("button", name="Accept").click()
    friend.locator(".st-key-query_data-6000 button").click()
    friend.locator(".st-key-run button").click()
    expect(friend.get_by_text("4 rows in")).to_be_visible(timeout=WAIT_MS)

    page.goto(order_address)
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("1 of 2 licences taken")).to_be_visible(timeout=WAIT_MS)
    friend.goto(f"{address}/library")
    expect(friend.get_by_text("Your library is empty")).to_be_visible(timeout=WAIT_MS)
    page.close()
