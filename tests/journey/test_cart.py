"""A cart of three sellers in a real browser: one payment, one order, all in the library; then one line goes back."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from polidat.payments import start_onboarding, sync_account
from polidat.settings import Settings
from polidat.wiring import open_house
from tests.conftest import free_port, quick_home
from tests.factories import person, published
from tests.journey.test_purchase import ROOT, WAIT_MS, accept, answering, browser, pay_with_test_card, sign_in

__all__ = ["browser"]
PRICES = (6_000, 2_500, 1_499)
BACK = "http://127.0.0.1:1/back"


def stock(home: Path, port: int, folder: Path) -> None:
    """Three sellers who can be paid, with a listing each."""
    house = open_house(Settings(home=home, port=port, demo_data=False))
    try:
        for price in PRICES:
            published(house, folder, f"Data {price}", price_minor=price)
            seller = person(house, f"seller-of-data-{price}")
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
    accept(page)
    page.locator(".st-key-check_out button").click()
    page.locator("#pay_link").click()
    pay_with_test_card(page)
    expect(page.get_by_text("Paid 99.99 USD")).to_be_visible(timeout=WAIT_MS)
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
