"""The page of a seller's financial account and cards, and that it is not there unless the operator wants it."""

import httpx
import pytest

from polidat.payments import (
    StripeAway,
    cards_of,
    cash_outs_of,
    financial_account,
    seller_account,
    start_onboarding,
    sync_account,
)
from tests.factories import person
from tests.pages.test_pages import shown, words
from tests.stripe_sandbox.conftest import Clock, Sandbox

BACK = "http://127.0.0.1:1/back"
FIELDS = {"first": "Ada", "last": "Seller", "line1": "1 Main St", "city": "Austin", "zip": "78701"}


@pytest.fixture(scope="module")
def stripe(house):
    with httpx.Client(follow_redirects=False, timeout=30) as web:
        yield Sandbox(house.sandbox_url, Clock(), web)


@pytest.fixture
def switched_on(house, monkeypatch):
    monkeypatch.setitem(house.settings.__dict__, "treasury", True)


def paid(house, stripe, name):
    """A seller whom Stripe pays out."""
    seller = person(house, name)
    start_onboarding(house.database, house.gateway, seller, return_url=BACK, refresh_url=BACK, now=house.now())
    account = sync_account(house.database, house.gateway, seller, now=house.now())
    stripe.control(f"accounts/{account.stripe_id}/approve", {"bank": True})
    sync_account(house.database, house.gateway, seller, now=house.now())
    return seller


def issue(page, limit, **fields):
    page.text_input(key="card_limit").set_value(limit)
    for name, value in fields.items():
        page.text_input(key=f"card_{name}").set_value(value)
    page.checkbox(key="card_terms").check()
    page.button[[each.label for each in page.button].index("Issue a virtual card")].click().run()


def test_without_the_setting_there_is_no_such_page(house, stripe, monkeypatch):
    seller = paid(house, stripe, "money-off")

    assert "offers no financial accounts" in words(shown("sell_money.py", house, monkeypatch, seller))
    assert "Financial account" not in words(shown("sell_account.py", house, monkeypatch, seller))


def test_before_stripe_pays_out_there_is_nothing_to_open(house, monkeypatch, switched_on):
    page = shown("sell_money.py", house, monkeypatch, person(house, "money-newcomer"))

    assert "Connect to Stripe first" in words(page)


def test_a_seller_opens_one_sends_payouts_there_and_sees_it_with_the_account(house, stripe, monkeypatch, switched_on):
    seller = paid(house, stripe, "money-seller")
    page = shown("sell_money.py", house, monkeypatch, seller)
    assert "The money is yours" in words(page)

    page.button(key="open_money").click().run()
    assert [(each.label, each.value) for each in page.metric] == [
        ("Cash", "0.00 USD"), ("Inbound pending", "0.00 USD"), ("Outbound pending", "0.00 USD"),
    ]  # fmt: skip
    assert "payouts go to your bank account" in words(page)
    assert "You have no card yet" in words(page)
    assert "Nothing has moved yet" in words(page)
    page.button(key="switch_payouts").click().run()

    assert "go into this account" in words(page)
    account = shown("sell_account.py", house, monkeypatch, seller)
    assert "Your financial account, STRIPE TEST BANK" in words(account)
    assert "Inbound pending" in [each.label for each in account.metric]


def test_a_card_is_issued_frozen_limited_and_canceled(house, stripe, monkeypatch, switched_on):
    seller = paid(house, stripe, "card-seller")
    page = shown("sell_money.py", house, monkeypatch, seller)
    page.button(key="open_money").click().run()
    page.button[[each.label for each in page.button].index("Issue a virtual card")].click().run()
    assert "Accept the terms" in words(page)
    issue(page, "100", **{**FIELDS, "zip": " "})
    assert "the whole address" in words(page)
    issue(page, "ten", **FIELDS)
    assert "ten" in words(page)

    issue(page, "100", **FIELDS)

    with house.reading() as session:
        (card,) = cards_of(session, seller)
    ref = card.public_id
    assert f"{card.shown}" in words(page)
    assert "100.00 USD a month" in words(page)
    page.button(key=f"freeze_{ref}").click().run()
    assert "Frozen" in words(page)
    page.button(key=f"thaw_{ref}").click().run()
    page.text_input(key=f"limit_amount_{ref}").set_value("7.50")
    page.button[[each.label for each in page.button].index("Change the limit")].click().run()
    assert "7.50 USD a month" in words(page)
    page.button(key=f"cancel_{ref}").click().run()
    assert "Canceled" in words(page)
    assert not [each for each in page.button if each.key == f"freeze_{ref}"]


def test_while_stripe_is_away_the_balances_are_those_known(house, stripe, monkeypatch, switched_on):
    seller = paid(house, stripe, "money-away")
    shown("sell_money.py", house, monkeypatch, seller).button(key="open_money").click().run()

    def away(*_, **__):
        raise StripeAway("in this test")

    for name in ("financial", "financial_movements"):
        monkeypatch.setattr(type(house.gateway), name, away)
    page = shown("sell_money.py", house, monkeypatch, seller)
    assert "does not answer" in words(page)
    page.button(key="refresh_money").click().run()

    assert "Below is what we knew last" in words(page)
    assert page.metric[0].value == "0.00 USD"


def test_cash_is_moved_out_up_to_what_is_there(house, stripe, monkeypatch, switched_on):
    seller = paid(house, stripe, "cash-seller")
    page = shown("sell_money.py", house, monkeypatch, seller)
    page.button(key="open_money").click().run()
    assert "There is no cash to move out." in words(page)
    with house.reading() as session:
        row, account = financial_account(session, seller), seller_account(session, seller)
    credit = {"amount": 9_000, "currency": "usd", "financial_account": row.stripe_id, "network": "ach"}
    stripe.client().v1.test_helpers.treasury.received_credits.create(credit, {"stripe_account": account.stripe_id})
    page.button(key="refresh_money").click().run()

    for amount, says in (("90.01", "is more than the 90.00 USD of cash"), ("ten", "ten"), ("50", "50.00 USD")):
        page.text_input(key="cash_out_amount_0").set_value(amount)
        page.button[[each.label for each in page.button].index("Move to my bank")].click().run()
        assert says in words(page)

    with house.reading() as session:
        assert [each.amount_minor for each in cash_outs_of(session, seller)] == [5_000]
