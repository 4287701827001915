"""Subscriptions through the API: begun at the hosted page, ended with the period, resumed."""

import pytest

from polidat.catalog import Interval, PlanOffer, set_plans
from polidat.core import Money
from polidat.orders import sync_subscription
from polidat.people import Person
from tests.api.test_api import accepted, is_problem
from tests.factories import key_of, person
from tests.pages.test_money_pages import sold_by_somebody_paid
from tests.stripe_sandbox.conftest import eventually, pay


@pytest.fixture(scope="module")
def listing(house, stripe, tmp_path_factory):
    listing = sold_by_somebody_paid(house, stripe, tmp_path_factory.mktemp("plans"), "Api plans")
    with house.unit_of_work() as session:
        seller = session.get_one(Person, listing.store.owner_id)
        set_plans(session, seller, listing.id, {each: PlanOffer(Money(900, "usd"), 0) for each in Interval})
    return listing


def test_a_subscription_is_begun_ended_and_resumed(api, house, stripe, listing):
    subscriber = person(house, "api-subscriber")
    key = key_of(house, subscriber)
    plan, _ = api.get(f"/v1/listings/{listing.slug}").json()["plans"]
    assert plan == {"interval": "month", "price_minor": 900, "currency": "usd", "trial_days": 0}
    wanted = {"listing": listing.slug, "interval": "month"}
    again = key | {"Idempotency-Key": "subscription-of-this-test"}
    assert "licence" in is_problem(api.post("/v1/subscriptions", headers=again, json=wanted), 409).lower()
    is_problem(api.post("/v1/subscriptions", headers=again, json=wanted | {"interval": "week"}), 422)

    wanted["accept_licence"] = accepted(api, listing)
    asked = api.post("/v1/subscriptions", headers=again, json=wanted)
    assert asked.status_code == 201, asked.text
    assert asked.json()["state"] == "new"
    assert asked.json() == api.post("/v1/subscriptions", headers=again, json=wanted).json()
    is_problem(api.post("/v1/subscriptions", headers=again, json=wanted | {"interval": "year"}), 409)
    assert api.get("/v1/subscriptions", headers=key).json() == []

    assert pay(stripe, asked.json()["payment_url"]).status_code == 303
    address = f"/v1/subscriptions/{asked.json()['id']}"
    ref = asked.json()["id"]  # no webhook comes to a house that is not served
    eventually(
        lambda: sync_subscription(house.database, house.gateway, subscriber, ref, now=house.now()).state == "active",
        timeout_s=60,
    )
    assert api.get(address, headers=key).json()["state"] == "active"
    assert [each["price_minor"] for each in api.get("/v1/subscriptions", headers=key).json()] == [900]

    details = {"name": "Acme", "line1": "Ring 1", "city": "Wien", "country": "at"}
    (payment,) = api.get("/v1/payments", headers=key).json()
    wanted_invoice = {"payment": payment["id"]}
    assert "billing details" in is_problem(api.post("/v1/invoices", headers=key, json=wanted_invoice), 409)
    assert api.put("/v1/billing-details", headers=key, json=details).json()["country"] == "AT"
    invoice = api.post("/v1/invoices", headers=key, json=wanted_invoice).json()
    assert (invoice["about"], invoice["total_minor"]) == (ref, 900)
    assert api.get("/v1/invoices", headers=key).json() == [invoice]
    pdf = api.get(f"/v1/invoices/{invoice['number']}.pdf", headers=key)
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    stranger = key_of(house, person(house, "api-invoice-stranger"))
    is_problem(api.get(f"/v1/invoices/{invoice['number']}.pdf", headers=stranger), 404)

    ended = api.patch(address, headers=key, json={"ends_with_period": True}).json()
    assert ended["period_end"] is not None
    assert ended["ends_with_period"] is True
    assert api.patch(address, headers=key, json={"ends_with_period": False}).json()["ends_with_period"] is False
    is_problem(api.get(address, headers=key_of(house, person(house, "api-stranger"))), 404)
