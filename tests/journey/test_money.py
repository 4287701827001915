"""Money in a real browser: a wallet, onboarding to the first payout, a dispute; and what of it is left lying about."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, text

from polidat.catalog import Interval, PlanOffer, Priced, set_plans, set_usage_prices
from polidat.core import MICROS, Money
from polidat.db import start_embedded
from polidat.people import Person
from polidat.settings import Settings
from polidat.wiring import open_house
from tests.conftest import free_port, quick_home
from tests.factories import person, published
from tests.journey.test_purchase import (
    ROOT,
    WAIT_MS,
    accept,
    answering,
    browser,
    connect_to_stripe,
    pay_with_test_card,
    sign_in,
)

__all__ = ["browser"]


def stock(home: Path, port: int, folder: Path) -> None:
    """A listing that is sold by the query, at 6.00 each, and one of a seller who is not at Stripe yet."""
    house = open_house(Settings(home=home, port=port, demo_data=False))
    try:
        sold = published(house, folder, "Data of vera", price_minor=10_000)
        with house.unit_of_work() as session:
            seller = session.get_one(Person, sold.store.owner_id)
            set_plans(session, seller, sold.id, {Interval.MONTH: PlanOffer(Money(500, "usd"))})
        listing = published(house, folder, "Data by use", price_minor=1_900)
        person(house, "buyer")
        with house.unit_of_work() as session:
            seller = session.get_one(Person, listing.store.owner_id)
            set_usage_prices(session, seller, listing.id, {Priced.QUERY: 600 * MICROS})
    finally:
        house.close()


@dataclass
class App:
    """A running marketplace: where it answers, where it lives, what it has printed."""

    address: str
    home: Path
    log: Path


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    port, folder = free_port(), tmp_path_factory.mktemp("money")
    with quick_home() as home:
        stock(home, port, folder)
        env = os.environ | {"POLIDAT_HOME": str(home), "POLIDAT_PORT": str(port), "POLIDAT_DEMO_DATA": "false"}
        with (folder / "log").open("wb") as log:
            command = [sys.executable, "-m", "polidat.cli", "up"]
            running = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT)
            try:
                yield App(answering(f"http://127.0.0.1:{port}"), home, folder / "log")
            finally:
                running.terminate()
                running.wait(timeout=60)


@pytest.fixture
def address(app: App) -> str:
    return app.address


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
    accept(page)
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
    seen(page, "4.00 USD goes back to the card that paid.")


def test_a_seller_comes_from_onboarding_to_the_first_payout_and_answers_a_dispute(page, address, app, browser):
    seller = "seller-of-data-of-vera@example.org"
    sign_in(page, address, seller)
    connect_to_stripe(page, address)

    buyer = browser.new_context().new_page()
    buyer.set_default_timeout(WAIT_MS)
    sign_in(buyer, address, "bea@example.org")
    buyer.goto(f"{address}/listing?listing=data-of-vera")
    accept(buyer)
    buyer.locator(".st-key-buy button").click()
    buyer.locator("#pay_link").click()
    pay_with_test_card(buyer, "4000 0000 0000 0077")
    seen(buyer, "Paid 100.00 USD")

    page.goto(f"{address}/payouts")
    seen(page, "85.00 USD")
    amount = page.get_by_label("Amount")
    amount.fill("40.00")
    amount.press("Tab")
    page.get_by_role("button", name="Pay out").click()
    seen(page, "40.00 USD is on its way")
    page.goto(f"{address}/payouts")
    seen(page, "45.00 USD")

    sandbox = f"http://127.0.0.1:{(app.home / 'stripe_sandbox' / 'port').read_text()}"
    key = {"Authorization": "Bearer sk_test_sim"}
    charges = httpx.get(f"{sandbox}/v1/charges", headers=key).json()["data"]
    sold = next(each for each in charges if each["amount"] == 10_000)
    httpx.post(f"{sandbox}/_sandbox/charges/{sold['id']}/dispute", json={"amount": 4_000}).raise_for_status()
    for _ in range(20):
        page.goto(f"{address}/sales")
        page.wait_for_timeout(1_000)
        if page.get_by_label("What speaks for the sale").count():
            break
    buyer.goto(f"{address}/library")
    expect(buyer.get_by_text("Data of vera", exact=True)).to_have_count(0)
    words = page.get_by_label("What speaks for the sale")
    words.fill("They queried it the same day.")
    words.press("Tab")
    page.get_by_role("button", name="Send to the bank").click()
    seen(page, "Sent. The bank takes some weeks to decide.")
    buyer.close()


def test_a_subscription_is_begun_renewed_dunned_and_recovered(page, address, app):
    sandbox = f"http://127.0.0.1:{(app.home / 'stripe_sandbox' / 'port').read_text()}"
    sign_in(page, address, "sue@example.org")
    page.goto(f"{address}/listing?listing=data-of-vera")
    accept(page)
    page.locator(".st-key-subscribe_month button").click()
    page.locator("#subscribe_link").click()
    pay_with_test_card(page, "4000 0000 0000 0341")
    seen(page, "You are subscribed to Data of vera")
    page.goto(f"{address}/query?listing=data-of-vera")
    seen(page, "One SELECT at a time")

    httpx.post(f"{sandbox}/_sandbox/clock/advance", json={"seconds": 32 * 86_400}).raise_for_status()
    for _ in range(20):
        page.goto(f"{address}/subscriptions")
        page.wait_for_timeout(1_000)
        if page.get_by_text("The last payment failed").count():
            break
    seen(page, "The last payment failed")
    page.get_by_role("button", name="Change the card").click()
    page.get_by_role("link", name="Go to Stripe").click()
    page.locator("#card_number").fill("4242 4242 4242 4242")
    page.locator("#card_expiry").fill("12 / 34")
    page.locator("#card_cvc").fill("123")
    page.locator("#keep_card").click()
    seen(page, "You are subscribed to Data of vera")
    seen(page, "· active")
    page.get_by_role("button", name="End with this period").click()
    seen(page, "Ends on")


def test_no_card_no_secret_and_no_token_is_left_in_logs_or_database(page, address, app):
    """Last of this module: after everything above has paid, signed in and failed."""
    sign_in(page, address, "buyer@example.org")
    session_token = next(each["value"] for each in page.context.cookies() if each["name"] == "polidat_session")
    page.goto(f"{address}/account")
    name = page.get_by_label("Name of a new key")
    name.fill("scan")
    name.press("Tab")
    page.get_by_role("button", name="Make a key").click()
    api_key = page.get_by_test_id("stCode").first.inner_text().strip()
    assert len(api_key) > 20
    secrets = [session_token, api_key, *json.loads((app.home / "webhook_secrets.json").read_text())]

    greeting = "(test money, card 4242 4242 4242 4242)"  # what it says when it starts, before anybody paid
    kept = {"log": app.log.read_text(errors="replace").replace(greeting, "", 1), **dump(app.home)}
    sandbox = app.home / "stripe_sandbox"
    kept["sandbox log"] = (sandbox / "log").read_text(errors="replace")
    with sqlite3.connect(f"file:{sandbox / 'state.db'}?mode=ro", uri=True) as state:
        kept["sandbox"] = "\n".join(state.iterdump())
    assert "bea@example.org" in kept["person"], "the dump sees what is there"
    for place, found in kept.items():
        assert not cards_in(found), place
        told = secrets[:2] if place == "sandbox" else secrets  # it signs with its own secrets
        assert not [each for each in told if each in found], place
        assert "sk_test_" not in found, place


def dump(home: Path) -> dict[str, str]:
    """Every row of every table as text, by table."""
    server = start_embedded(home.resolve() / "postgres")
    engine = create_engine(server.owner_url)
    with engine.connect() as connection:
        names = connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars().all()
        rows = {name: connection.execute(text(f'select t::text from "{name}" t')).scalars().all() for name in names}
    engine.dispose()
    return {name: "\n".join(found) for name, found in rows.items()}


def cards_in(text: str) -> list[str]:
    """Numbers of 14 to 19 digits, spaced or not, that begin as cards do and pass their check digit."""
    found = re.findall(r"(?<![\w.-])(?:\d[ -]?){13,18}\d(?![\w.-])", text)
    digits = [re.sub(r"\D", "", each) for each in found]
    return [each for each in digits if each[0] in "3456" and len(set(each)) > 1 and luhn(each)]


def luhn(digits: str) -> bool:
    doubled = [int(each) * (1 + at % 2) for at, each in enumerate(reversed(digits))]
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


def test_the_scan_sees_a_card_when_there_is_one():
    assert cards_in("paid with 4242 4242 4242 4242, thanks") == ["4242424242424242"]
    assert cards_in("bt 4242424242424241 and 2026-11-21 05:37:40") == []
