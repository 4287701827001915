"""The journey of the README in a real browser: sell a real file, buy it with a test card, query it, ask it."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.conftest import free_port, quick_home

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
WAIT_MS = 90_000


@pytest.fixture(scope="module")
def address():
    """The app as `make run` starts it, in a home of its own, without the sample listings."""
    port = free_port()
    with quick_home() as home:
        env = os.environ | {"POLIDAT_HOME": str(home), "POLIDAT_PORT": str(port), "POLIDAT_DEMO_DATA": "false"}
        app = subprocess.Popen([sys.executable, "-m", "polidat.cli", "up"], cwd=ROOT, env=env)
        try:
            yield answering(f"http://127.0.0.1:{port}")
        finally:
            app.terminate()
            app.wait(timeout=60)


def answering(address: str) -> str:
    for _ in range(240):
        try:
            if httpx.get(f"{address}/api/health", timeout=5).status_code == 200:
                return address
        except httpx.HTTPError:
            time.sleep(0.25)
    raise AssertionError("the app does not answer")


@pytest.fixture
def browser():
    executable = next(path for name in BROWSERS if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield opened
        opened.close()


def sign_in(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/sign-in")
    page.locator(".st-key-email input").fill(email)
    page.locator(".st-key-send_link button").click()
    expect(page.get_by_text("on its way")).to_be_visible(timeout=WAIT_MS)
    page.goto(f"{address}/outbox")
    page.locator('a[href*="token="]').first.click()
    page.locator("#confirm").click()
    expect(page.get_by_role("link", name="My library")).to_be_visible(timeout=WAIT_MS)


def sell(page: Page, address: str) -> None:
    page.goto(f"{address}/publish")
    page.locator(".st-key-store_name input").fill("Ballot Box")
    page.locator(".st-key-store_name input").press("Enter")
    page.locator(".st-key-open_store button").click()
    page.locator(".st-key-title input").fill("US polls")
    page.locator(".st-key-title input").press("Enter")
    page.locator(".st-key-start button").click()
    source = ROOT / "data" / "samples" / "raw_polls_2023.csv.gz"
    page.locator("input[type=file]").set_input_files(str(source))
    page.locator(".st-key-upload button").click()
    expect(page.get_by_text("11,475 rows kept")).to_be_visible(timeout=WAIT_MS)
    page.locator(".st-key-summary_us-polls input").fill("Every poll since 1998")
    page.locator(".st-key-price_us-polls input").fill("100.00")
    page.locator(".st-key-publish button").click()
    expect(page.get_by_text("Published: everybody can find")).to_be_visible(timeout=WAIT_MS)


def connect_to_stripe(page: Page, address: str) -> None:
    page.goto(f"{address}/sales")
    page.locator(".st-key-connect button").click()
    page.locator("#onboarding_link").click()
    fields = {
        "email": "seller@example.org",
        "phone": "+1 201 555 0123",
        "code": "000-000",
        "first_name": "Vera",
        "last_name": "Ballot",
        "dob_month": "5",
        "dob_day": "17",
        "dob_year": "1980",
        "address_line1": "1 Main Street",
        "address_city": "Austin",
        "address_state": "TX",
        "address_postal_code": "78701",
    }
    for _ in range(8):
        for name, value in fields.items():
            field = page.locator(f"input#{name}")
            if field.count() and field.is_visible() and not field.input_value():
                field.fill(value)
        if page.locator("input#accept").count():
            page.locator("input#accept").check()
        page.locator("#continue").click()
        page.wait_for_load_state()
        if page.url.startswith(address):
            break
    expect(page.get_by_text("Stripe pays you")).to_be_visible(timeout=WAIT_MS)


def pay_with_test_card(page: Page, number: str = "4242 4242 4242 4242") -> None:
    """Fill in Stripe's page and pay."""
    page.locator("#card_number").fill(number)
    page.locator("#card_expiry").fill("12 / 34")
    page.locator("#card_cvc").fill("123")
    page.locator("#billing_name").fill("Bea Buyer")
    if not page.locator("#email").input_value():
        page.locator("#email").fill("buyer@example.org")
    page.locator("#pay").click()


def accept(page: Page) -> None:
    """Tick every licence that is shown."""
    boxes = page.locator("[class*='st-key-accept_'] label")
    boxes.first.wait_for()
    for each in boxes.all():
        each.click()


def buy(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".st-key-open_us-polls button").click()
    accept(page)
    page.locator(".st-key-buy button").click()
    page.locator("#pay_link").click()
    pay_with_test_card(page)
    expect(page.get_by_text("Paid 100.00 USD")).to_be_visible(timeout=WAIT_MS)


def query_and_ask(page: Page, address: str) -> None:
    page.goto(f"{address}/query")
    page.locator(".st-key-run button").click()
    expect(page.get_by_text("100 rows in")).to_be_visible(timeout=WAIT_MS)
    page.goto(f"{address}/ask")
    page.locator(".st-key-question textarea").fill("How many polls were there in 2016?")
    page.locator(".st-key-question textarea").press("Enter")
    expect(page.get_by_text("1,374 rows")).to_be_visible(timeout=WAIT_MS)


def test_a_stranger_sells_buys_queries_and_asks(address, browser):
    seller = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    seller.set_default_timeout(WAIT_MS)
    sign_in(seller, address, "seller@example.org")
    sell(seller, address)
    connect_to_stripe(seller, address)

    buyer = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    buyer.set_default_timeout(WAIT_MS)
    sign_in(buyer, address, "buyer@example.org")
    buy(buyer, address)
    query_and_ask(buyer, address)

    seller.goto(f"{address}/sales")
    expect(seller.get_by_test_id("stDataFrame")).to_be_visible(timeout=WAIT_MS)
    for page, name in ((seller, "seller"), (buyer, "buyer")):
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)
