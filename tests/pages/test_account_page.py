"""The page of a seller's account at Stripe."""

import httpx
import pytest

from polidat.payments import StripeAway, seller_account, start_onboarding, sync_account
from tests.factories import person
from tests.pages.test_pages import shown, words
from tests.stripe_sandbox.conftest import Clock, Sandbox

BACK = "http://127.0.0.1:1/back"


@pytest.fixture(scope="module")
def stripe(house):
    with httpx.Client(follow_redirects=False, timeout=30) as web:
        yield Sandbox(house.sandbox_url, Clock(), web)


def opened(house, name):
    seller = person(house, name)
    start_onboarding(house.database, house.gateway, seller, return_url=BACK, refresh_url=BACK, now=house.now())
    with house.reading() as session:
        return seller, seller_account(session, seller).stripe_id


def look(house, seller):
    sync_account(house.database, house.gateway, seller, now=house.now())


def test_before_the_first_click_it_says_what_is_asked(house, monkeypatch):
    page = shown("sell_account.py", house, monkeypatch, person(house, "account-newcomer"))

    assert "Connect once" in words(page)
    assert "/payouts/onboarding" in page.get("html")[-1].proto.body
    assert "Please sign in" in words(shown("sell_account.py", house, monkeypatch))


def test_what_is_past_due_is_said_in_words_with_the_way_on(house, stripe, monkeypatch):
    seller, account = opened(house, "account-halfway")

    seen = words(page := shown("sell_account.py", house, monkeypatch, seller))

    assert "nobody can pay for your listings" in seen
    assert "Past due" in seen
    assert "Your date of birth" in seen
    assert account in seen
    assert [each.value for each in page.metric][:3] == ["Onboarding", "No", "No"]
    assert "Continue at Stripe" in page.get("html")[-1].proto.body


def test_an_active_account_shows_its_bank_and_when_it_is_paid_out(house, stripe, monkeypatch):
    seller, account = opened(house, "account-active")
    stripe.control(f"accounts/{account}/approve", {"bank": True})
    stripe.control(f"accounts/{account}/restrict", {"reason": "soon"})
    page = shown("sell_account.py", house, monkeypatch, seller)
    assert "Onboarding" in [each.value for each in page.metric]

    page.button(key="refresh_account").click().run()

    seen = words(page)
    assert "Stripe pays you" in seen
    assert "STRIPE TEST BANK ending in 6789" in seen
    assert "payouts in USD" in seen
    assert "Due now, by" in seen
    assert "Every working day" in seen
    assert "Change it at Stripe" in page.get("html")[-1].proto.body


def test_a_rejected_account_says_whom_to_ask(house, stripe, monkeypatch):
    seller, account = opened(house, "account-rejected")
    stripe.control(f"accounts/{account}/restrict", {"reason": "reject"})
    look(house, seller)

    assert "Stripe has rejected this account" in words(shown("sell_account.py", house, monkeypatch, seller))


def test_while_stripe_is_away_it_shows_what_was_known(house, stripe, monkeypatch):
    seller, account = opened(house, "account-away")
    stripe.control(f"accounts/{account}/approve")
    look(house, seller)
    page = shown("sell_account.py", house, monkeypatch, seller)

    def away(*_):
        raise StripeAway("in this test")

    monkeypatch.setattr(type(house.gateway), "account", away)
    page.button(key="refresh_account").click().run()

    assert "does not answer" in words(page)
    assert "Stripe pays you" in words(page)
