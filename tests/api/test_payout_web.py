"""The routes to Stripe's hosted pages and back."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from polidat.api import web_routes
from polidat.payments import StripeAway, seller_account
from polidat.people import csrf_token
from tests.factories import cookie_of, person


@pytest.fixture
def web(house):
    with TestClient(Starlette(routes=web_routes(lambda: house)), follow_redirects=False) as client:
        yield client


def enter(web, house, name) -> str:
    token = cookie_of(house, person(house, name))
    web.cookies.set("polidat_session", token)
    return csrf_token(token)


def account_of(house, name):
    with house.reading() as session:
        return seller_account(session, person(house, name))


def test_a_click_leads_to_onboarding_and_the_way_back_to_the_account_page(web, house):
    csrf = enter(web, house, "to-stripe")

    answer = web.post("/payouts/onboarding", data={"csrf": csrf})

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{house.sandbox_url}/setup/")
    opened = account_of(house, "to-stripe")
    httpx.post(f"{house.sandbox_url}/_sandbox/accounts/{opened.stripe_id}/approve", json={"bank": True})
    assert web.get("/payouts/onboarding/return").headers["location"] == "/payout-account"
    assert account_of(house, "to-stripe").charges_enabled


def test_an_address_used_up_is_replaced_at_once(web, house):
    csrf = enter(web, house, "used-up")
    used = web.post("/payouts/onboarding", data={"csrf": csrf}).headers["location"]
    httpx.get(used)

    assert httpx.get(used).headers["location"] == f"{house.settings.base_url}/payouts/onboarding/refresh"
    fresh = web.get("/payouts/onboarding/refresh").headers["location"]

    assert fresh.startswith(f"{house.sandbox_url}/setup/")
    assert fresh != used


def test_nobody_is_onboarded_by_a_link_somebody_else_made(web, house):
    assert web.get("/payouts/onboarding/refresh").status_code == 401
    enter(web, house, "lured")

    assert web.get("/payouts/onboarding/refresh").headers["location"] == "/payout-account"
    refused = web.post("/payouts/onboarding", data={"csrf": "of another session"})

    assert (refused.status_code, "form is too old" in refused.text) == (403, True)
    assert account_of(house, "lured") is None
    assert web.get("/payouts/onboarding").status_code == 405


def test_the_dashboard_opens_from_a_click_and_says_when_there_is_none(web, house):
    csrf = enter(web, house, "dashboard")

    none_yet = web.post("/payouts/dashboard", data={"csrf": csrf})
    web.post("/payouts/onboarding", data={"csrf": csrf})
    opened = account_of(house, "dashboard")
    httpx.post(f"{house.sandbox_url}/_sandbox/accounts/{opened.stripe_id}/approve", json={})
    web.get("/payouts/onboarding/return")

    assert (none_yet.status_code, "Set up payouts first" in none_yet.text) == (404, True)
    assert "Back to your payout account" in none_yet.text
    assert "/express/" in web.post("/payouts/dashboard", data={"csrf": csrf}).headers["location"]


def test_coming_back_works_while_stripe_is_away(web, house, monkeypatch):
    csrf = enter(web, house, "away")
    web.post("/payouts/onboarding", data={"csrf": csrf})

    def ask(*_):
        raise StripeAway("in this test")

    monkeypatch.setattr(type(house.gateway), "account", ask)

    assert web.get("/payouts/onboarding/return").headers["location"] == "/payout-account"
    assert not account_of(house, "away").charges_enabled
