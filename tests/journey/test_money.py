"""Money in a real browser: a wallet that is filled and runs dry."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from polidat.catalog import Priced, set_usage_prices
from polidat.core import MICROS
from polidat.people import Person
from polidat.settings import Settings
from polidat.wiring import open_house
from tests.conftest import free_port
from tests.factories import person, published
from tests.journey.test_purchase import ROOT, WAIT_MS, answering, browser, pay_with_test_card, sign_in

__all__ = ["browser"]


def stock(home: Path, port: int, folder: Path) -> None:
    """A listing that is sold by the query, at 6.00 each."""
    house = open_house(Settings(home=home, port=port, demo_data=False))
    try:
        listing = published(house, folder, "Data by use", price_minor=1_900)
        person(house, "buyer")
        with house.unit_of_work() as session:
            seller = session.get_one(Person, listing.store.owner_id)
            set_usage_prices(session, seller, listing.id, {Priced.QUERY: 600 * MICROS})
    finally:
        house.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="polidat_money_", ignore_cleanup_errors=True) as home:
        stock(Path(home), port, tmp_path_factory.mktemp("money"))
        env = os.environ | {"POLIDAT_HOME": home, "POLIDAT_PORT": str(port), "POLIDAT_DEMO_DATA": "false"}
        app = subprocess.Popen([sys.executable, "-m", "polidat.cli", "up"], cwd=ROOT, env=env)
        try:
            yield answering(f"http://127.0.0.1:{port}")
        finally:
            app.terminate()
            app.wait(timeout=60)


@pytest.fixture
def page(browser):
    opened = browser.new_context().new_page()
    opened.set_default_timeout(WAIT_MS)
    yield opened
    opened.close()


def seen(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=WAIT_MS)


def test_a_wallet_is_filled_pays_for_queries_and_stops_hard(page, address):
    sign_in(page, address, "buyer@example.org")
    page.goto(f"{address}/listing?listing=data-by-use")
    seen(page, "6.00 USD for a query")
    page.locator(".st-key-pay_by_use button").click()
    seen(page, "A query costs at most 6.00 USD")
    page.locator(".st-key-run button").click()
    seen(page, "your wallet has 0.00 USD free")

    page.goto(f"{address}/wallet")
    amount = page.get_by_label("Amount")
    amount.fill("10.00")
    amount.press("Tab")
    page.get_by_role("button", name="Pay in").click()
    page.locator("#top_up_link").click()
    pay_with_test_card(page)
    seen(page, "10.00 USD is in your wallet.")

    page.goto(f"{address}/query?listing=data-by-use")
    page.locator(".st-key-run button").click()
    seen(page, "It cost 6.00 USD")
    page.locator(".st-key-run button").click()
    seen(page, "your wallet has 4.00 USD free")

    page.goto(f"{address}/wallet")
    seen(page, "4.00 USD")
    page.get_by_role("button", name="Give back what is unused").click()
    seen(page, "4.00 USD goes back to your card.")
