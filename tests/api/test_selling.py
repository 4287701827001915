"""Selling through the API: the account, offers, sales, money back, payouts and statements; to nobody else."""

import pytest
from sqlalchemy import text

from polidat.catalog import ask_buyers, ask_nothing, draft_listing, set_price
from polidat.core import Money
from polidat.orders import sync_order
from polidat.payments import refunds_of, seller_account, send_refund, sync_account
from polidat.people import KeyScope, Person
from tests.api.test_api import accepted, is_problem
from tests.factories import key_of, person
from tests.pages.test_money_pages import bought, sold_by_somebody_paid
from tests.simulation.test_matrix_shipping import ADDRESS
from tests.stripe_sandbox.conftest import follow_link, pay

NOW_AVAILABLE = "4000 0000 0000 0077"


@pytest.fixture(scope="module")
def listing(house, stripe, tmp_path_factory):
    return sold_by_somebody_paid(house, stripe, tmp_path_factory.mktemp("selling"), "Api selling")


@pytest.fixture(scope="module")
def seller(house, stripe, listing):
    with house.reading() as session:
        who = session.get_one(Person, listing.store.owner_id)
        account = seller_account(session, who)
    stripe.control(f"accounts/{account.stripe_id}/approve", {"bank": True})
    sync_account(house.database, house.gateway, who, now=house.now())
    return who


@pytest.fixture(scope="module")
def key(house, seller):
    return key_of(house, seller, KeyScope.SELL)


@pytest.fixture(scope="module")
def paying(house, seller):
    return key_of(house, seller, KeyScope.SELL, KeyScope.PAYOUT)


@pytest.fixture(scope="module")
def other(house):
    return key_of(house, person(house, "selling-other"), KeyScope.SELL, KeyScope.PAYOUT)


@pytest.fixture(scope="module")
def order(house, stripe, listing):
    return bought(house, stripe, listing, person(house, "selling-buyer"), NOW_AVAILABLE, quantity=3)


def once(name):
    return {"Idempotency-Key": f"{name}-of-this-test"}


def test_a_seller_sees_the_account_and_nobody_elses(api, key, other):
    account = api.get("/v1/seller/account", headers=key).json()

    assert account["id"].startswith("acct_")
    assert (account["state"], account["charges_enabled"], account["payouts_enabled"]) == ("active", True, True)
    assert [len(each["last4"]) for each in account["banks"]] == [4]
    assert api.post("/v1/seller/account/refresh", headers=key).json()["id"] == account["id"]
    assert "onboarding" in is_problem(api.get("/v1/seller/account", headers=other), 404)
    is_problem(api.get("/v1/seller/balances", headers=other), 409)
    is_problem(api.post("/v1/seller/account/onboarding", headers=key), 403)
    assert api.post("/v1/seller/account/onboarding", headers=other).json()["url"].startswith("http")
    unready = api.post("/v1/seller/payouts", json={"amount_minor": 500, "currency": "usd"}, headers=other | once("off"))
    assert "does not pay you out" in is_problem(unready, 409)


def test_sales_customers_and_rates_are_the_sellers_own(api, key, other, order, listing):
    (sale,) = api.get("/v1/seller/sales", headers=key).json()
    assert (sale["order"], sale["quantity"], sale["price_minor"], sale["currency"]) == (order.public_id, 3, 5700, "usd")
    (customer,) = api.get("/v1/seller/customers", params={"q": "selling-buyer"}, headers=key).json()
    detail = api.get(f"/v1/seller/customers/{customer['id']}", headers=key).json()
    assert (detail["spent"][0]["paid_minor"], detail["lines"][0]["gross_minor"]) == (5700, 5700)
    rates = api.get("/v1/seller/rates", headers=key).json()
    assert {(each["listing"], each["kind"]) for each in rates} == {
        (listing.slug, kind) for kind in ("sale", "subscription", "usage")
    }

    for name in ("sales", "customers", "rates", "coupons", "parcels", "disputes", "listings", "dues"):
        assert api.get(f"/v1/seller/{name}", headers=other).json() == []
    is_problem(api.get(f"/v1/seller/customers/{customer['id']}", headers=other), 404)
    is_problem(api.get(f"/v1/seller/customers/{10**18}", headers=key), 404)
    is_problem(api.get(f"/v1/seller/customers/{10**30}", headers=key), 422)
    is_problem(api.get("/v1/seller/sales", params={"after": "ord_x:1"}, headers=key), 422)
    is_problem(api.get("/v1/seller/sales", params={"after": f"{order.public_id}:1"}, headers=other), 422)
    assert api.get("/v1/seller/customers", params={"after": "nobody"}, headers=key).json() == []


def test_lines_are_given_back_once_by_who_sold_them(api, house, stripe, listing, key, paying, other):
    order = bought(house, stripe, listing, person(house, "selling-refunded"), NOW_AVAILABLE, quantity=3)
    address = f"/v1/seller/sales/{order.public_id}/refunds"
    part = {"amounts_minor": {"1": 700}}

    assert "“payout”" in is_problem(api.post(address, json=part, headers=key | once("refund")), 403)
    is_problem(api.post(address, json=part, headers=other | once("refund")), 404)
    is_problem(api.post(address, json=part, headers=paying), 422)
    for wrong, status in (
        ({"amounts_minor": {"1": 5701}}, 422), ({"amounts_minor": {"2": 1}}, 404), ({"line": 1}, 422),
        ({"line": 1, "licences": 4}, 422), ({"amounts_minor": {"1": -5}}, 422), ({"line": 9, "licences": 1}, 404),
    ):  # fmt: skip
        is_problem(api.post(address, json=wrong, headers=paying | once("wrong-refund")), status)
    first, again = (api.post(address, json=part, headers=paying | once("refund")) for _ in (1, 2))
    assert (first.status_code, first.json()["amount_minor"], first.json()["state"]) == (201, 700, "requested")
    assert again.json() == first.json()
    is_problem(api.post(address, json={"amounts_minor": {"1": 800}}, headers=paying | once("refund")), 409)
    licence = api.post(address, json={"line": 1, "licences": 1}, headers=paying | once("licence-refund")).json()
    assert (licence["amount_minor"], licence["licences"]) == (1900, {"1": 1})
    rest = api.post(address, json={}, headers=paying | once("rest-refund")).json()
    assert rest["amount_minor"] == 5700 - 700 - 1900
    is_problem(api.post(address, json={}, headers=paying | once("nothing-left")), 409)
    assert [each["amount_minor"] for each in api.get(address, headers=key).json()] == [700, 1900, 3100]
    is_problem(api.get(address, headers=other), 404)


def test_a_buyer_gets_the_receipt_and_sees_what_went_back(api, house, stripe, listing, paying):
    buyer = person(house, "selling-receipt")
    order, key = bought(house, stripe, listing, buyer), key_of(house, buyer)
    address, made = f"/v1/orders/{order.public_id}", once("receipt-refund")
    api.post(f"/v1/seller/sales/{order.public_id}/refunds", json={}, headers=paying | made)
    with house.reading() as session:
        (refund,) = refunds_of(session, order.public_id)
    send_refund(house.database, house.gateway, refund.public_id, now=house.now())

    receipt = api.get(f"{address}/receipt", headers=key)
    assert (receipt.headers["content-type"], receipt.content[:5]) == ("application/pdf", b"%PDF-")
    assert receipt.headers["content-disposition"] == f'attachment; filename="{order.public_id}.pdf"'
    assert [(each["amount_minor"], each["state"]) for each in api.get(f"{address}/refunds", headers=key).json()] == [
        (1900, "succeeded")
    ]
    assert "paid" in is_problem(api.post(f"{address}/pay", headers=key), 409)
    assert api.post(f"{address}/sync", headers=key).json()["id"] == order.public_id
    for name in ("receipt", "refunds"):
        is_problem(api.get(f"{address}/{name}", headers=paying | key_of(house, person(house, "selling-nosy"))), 404)


def test_a_payout_is_asked_for_once_and_read_line_by_line(api, house, stripe, order, key, paying, other):
    wanted = {"amount_minor": 500, "currency": "usd"}
    (balance,) = api.get("/v1/seller/balances", headers=key).json()
    assert balance["available_minor"] >= 500

    is_problem(api.post("/v1/seller/payouts", json=wanted, headers=key | once("payout")), 403)
    for wrong, status in (
        ({"amount_minor": 0}, 422), ({"currency": "xxx"}, 422), ({"currency": "eur"}, 409), ({"method": "slow"}, 422),
        ({"amount_minor": 10**9}, 409),
    ):  # fmt: skip
        asked = api.post("/v1/seller/payouts", json=wanted | wrong, headers=paying | once(f"payout-{wrong}"[:60]))
        is_problem(asked, status)
    first, again = (api.post("/v1/seller/payouts", json=wanted, headers=paying | once("payout")) for _ in (1, 2))
    assert (first.status_code, first.json()["amount_minor"], first.json()["method"]) == (201, 500, "standard")
    assert again.json()["id"] == first.json()["id"]
    is_problem(
        api.post("/v1/seller/payouts", json=wanted | {"amount_minor": 501}, headers=paying | once("payout")), 409
    )
    assert [each["id"] for each in api.get("/v1/seller/payouts", headers=key).json()] == [first.json()["id"]]

    shown = api.get(f"/v1/seller/payouts/{first.json()['id']}", headers=key).json()
    assert sum(each["paid_minor"] for each in shown["lines"]) + shown["other_minor"] == 500
    told = api.get(f"/v1/seller/payouts/{first.json()['id']}/csv", headers=key)
    assert told.text.splitlines()[-1].split(",")[1:3] == ["payout", first.json()["id"]]
    is_problem(api.get(f"/v1/seller/payouts/{first.json()['id']}", headers=other), 404)
    with house.unit_of_work() as session:
        session.execute(
            text("UPDATE api_call SET made = '', called_at = called_at - interval '1 day' WHERE made <> ''")
        )
    assert "nobody knows" in is_problem(
        api.post("/v1/seller/payouts", json=wanted, headers=paying | once("payout")), 409
    )
    waiting = api.get("/v1/seller/payouts/waiting", params={"limit": 1}, headers=key)
    assert len(waiting.json()) == 1


def test_a_months_statement_comes_as_json_csv_and_pdf(api, house, order, key, other):
    month = f"{house.now():%Y-%m}"
    told = api.get(f"/v1/seller/statements/{month}", headers=key).json()
    change = sum(each["yours_minor"] + each["moved_minor"] for each in told["lines"])

    assert told["opening_minor"] + change == told["closing_minor"]
    assert order.public_id in {each["order_ref"] for each in told["lines"]}
    assert order.public_id in api.get(f"/v1/seller/statements/{month}/csv", headers=key).text
    assert api.get(f"/v1/seller/statements/{month}/pdf", headers=key).content[:5] == b"%PDF-"
    assert api.get(f"/v1/seller/statements/{month}", headers=other).json()["lines"] == []
    for wrong in ("2026-13", "26-11", "9999-12", "november"):
        is_problem(api.get(f"/v1/seller/statements/{wrong}", headers=key), 422)
    is_problem(api.get(f"/v1/seller/statements/{month}", params={"currency": "xxx"}, headers=key), 422)


def test_what_is_offered_is_priced_published_and_withdrawn_by_its_seller(api, listing, key, other):
    address = f"/v1/seller/listings/{listing.slug}"
    assert api.put(f"{address}/price", json={"price_minor": 2900}, headers=key).json()["price_minor"] == 2900
    api.put(f"{address}/price", json={"price_minor": 1900}, headers=key)
    assert "at least" in is_problem(api.put(f"{address}/price", json={"price_minor": 1}, headers=key), 422).lower()
    is_problem(api.put(f"{address}/price", json={"price_minor": -1}, headers=key), 422)
    is_problem(api.put(f"{address}/price", json={"price_minor": 10**30}, headers=key), 422)

    plans = api.put(f"{address}/plans", json={"month": {"price_minor": 900, "trial_days": 7}}, headers=key).json()
    assert plans["plans"] == [{"interval": "month", "price_minor": 900, "currency": "usd", "trial_days": 7}]
    assert api.put(f"{address}/plans", json={}, headers=key).json()["plans"] == []
    by_use = api.put(f"{address}/usage-prices", json={"query": 3_000_000}, headers=key).json()
    assert by_use["usage_prices_micros"] == {"query": 3_000_000}
    api.put(f"{address}/usage-prices", json={}, headers=key)
    words = {"summary": "Polls", "description": "Of all years", "category": "polls", "tags": ["us"]}
    assert api.put(f"{address}/words", json=words, headers=key).json()["summary"] == "Polls"

    assert api.post(f"{address}/withdraw", headers=key).status_code == 200
    assert [each["state"] for each in api.get("/v1/seller/listings", headers=key).json()] == ["withdrawn"]
    assert api.post(f"{address}/publish", headers=key).status_code == 200
    for name, body in (("price", {"price_minor": 0}), ("plans", {}), ("usage-prices", {}), ("words", words)):
        assert listing.slug in is_problem(api.put(f"{address}/{name}", json=body, headers=other), 404)
    for name in ("publish", "withdraw"):
        is_problem(api.post(f"{address}/{name}", headers=other), 404)
        is_problem(api.post(f"/v1/seller/listings/nothing/{name}", headers=key), 404)


def test_the_refund_policy_of_a_store_is_its_owners(api, listing, key, other):
    address = f"/v1/seller/stores/{listing.store.slug}/refund-policy"
    assert api.put(address, json={"keeps_fee": True}, headers=key).json()["keeps_fee"] is True
    assert [each["keeps_fee"] for each in api.get("/v1/seller/stores", headers=key).json()] == [True]
    assert api.put(address, json={"keeps_fee": False}, headers=key).json()["keeps_fee"] is False
    is_problem(api.put(address, json={"keeps_fee": True}, headers=other), 404)


def test_coupons_are_made_listed_and_ended(api, listing, key, other):
    wanted = {"store": listing.store.slug, "code": "apisell", "percent_bps": 1000, "listing": listing.slug}
    made = api.post("/v1/seller/coupons", json=wanted, headers=key)
    assert (made.status_code, made.json()["code"], made.json()["listing"]) == (201, "APISELL", listing.slug)
    is_problem(api.post("/v1/seller/coupons", json=wanted, headers=key), 409)
    for wrong, status in (
        ({"percent_bps": None}, 422), ({"ends_at": "2020-01-01T00:00:00Z"}, 422), ({"ends_at": "2030-01-01"}, 422),
        ({"listing": "nothing"}, 404), ({"store": "nothing"}, 404), ({"ends_at": "9999-12-31T23:00:00-05:00"}, 422),
    ):  # fmt: skip
        is_problem(api.post("/v1/seller/coupons", json=wanted | {"code": "other"} | wrong, headers=key), status)
    is_problem(api.post("/v1/seller/coupons", json=wanted, headers=other), 404)

    address = f"/v1/seller/coupons/{made.json()['id']}"
    is_problem(api.delete(address, headers=other), 404)
    assert api.delete(address, headers=key).status_code == 204
    (ended,) = api.get("/v1/seller/coupons", headers=key).json()
    assert ended["ends_at"] is not None


def test_a_dispute_is_answered_by_its_seller_or_given_up_with_a_key_for_money(
    api, house, stripe, listing, key, paying, other
):
    for name in ("selling-disputes", "selling-disputes-too"):
        bought(house, stripe, listing, person(house, name), card="4000 0000 0000 0259")
    first, second = api.get("/v1/seller/disputes", headers=key).json()
    address = f"/v1/seller/disputes/{first['id']}"
    assert first["state"] == "needs_response"

    is_problem(api.post(f"{address}/evidence", json={"uncategorized_text": "x"}, headers=other), 404)
    is_problem(api.get(address, headers=other), 404)
    is_problem(api.post(f"{address}/evidence", json={}, headers=key), 422)
    sent = api.post(f"{address}/evidence", json={"uncategorized_text": "They downloaded it."}, headers=key)
    assert sent.json()["state"] == "under_review"
    is_problem(api.post(f"{address}/evidence", json={"uncategorized_text": "More"}, headers=key), 409)
    is_problem(api.post(f"/v1/seller/disputes/{second['id']}/accept", headers=key), 403)
    assert api.post(f"/v1/seller/disputes/{second['id']}/accept", headers=paying).json()["state"] == "lost"


def test_a_seller_decides_about_buyers_who_asked(api, house, stripe, listing, seller, key, paying, other):
    with house.unit_of_work() as session:
        ask_buyers(
            session, seller, listing.id, countries=["AT"], purposes=["Teaching"], by_seller=True, now=house.now()
        )
    asked = [bought_with_answers(api, house, stripe, listing, name) for name in ("selling-asks", "selling-asks-too")]
    requests = api.get("/v1/seller/requests", headers=key).json()
    assert [(each["order"], each["who"], each["country"]) for each in requests] == [(ref, "Ann", "AT") for ref in asked]
    first, second = (f"/v1/seller/requests/{each['id']}" for each in requests)

    assert api.get("/v1/seller/requests", headers=other).json() == []
    is_problem(api.post(f"{first}/approve", headers=other), 404)
    is_problem(api.post(f"{second}/refuse", json={"reason": "No"}, headers=other), 404)
    is_problem(api.post(f"{second}/refuse", json={"reason": "No"}, headers=key), 403)
    is_problem(api.post(f"{second}/refuse", json={"reason": " "}, headers=paying), 422)
    assert api.post(f"{first}/approve", headers=key).status_code == 204
    assert api.post(f"{second}/refuse", json={"reason": "Not for this"}, headers=paying).status_code == 204
    is_problem(api.post(f"{second}/approve", headers=key), 409)
    (refund,) = api.get(f"/v1/seller/sales/{asked[1]}/refunds", headers=key).json()
    assert refund["amount_minor"] == 1900
    with house.unit_of_work() as session:
        ask_nothing(session, seller, listing.id)


def bought_with_answers(api, house, stripe, listing, name):
    """An order of a listing that asks, paid at the sandbox."""
    who, answers = person(house, name), {"who": "Ann", "country": "AT", "purpose": "Teaching"}
    order = {"listings": [listing.slug], "accept_licence": accepted(api, listing), "attestation": answers}
    placed = api.post("/v1/orders", json=order, headers=key_of(house, who) | once(name)).json()
    assert pay(stripe, follow_link(stripe, placed["payment_url"])).status_code == 303
    sync_order(house.database, house.gateway, who, placed["id"], now=house.now())
    return placed["id"]


def test_a_parcel_is_accepted_sent_followed_or_given_up(api, house, stripe, listing, seller, key, paying, other):
    with house.unit_of_work() as session:
        draft = draft_listing(session, seller, listing.store, "Api globe", now=house.now())
        set_price(session, seller, draft.id, Money(4000, "usd"))
    way, mine = {"name": "Post", "price_minor": 650, "countries": ["AT"]}, f"/v1/seller/listings/{draft.slug}"
    offer = {"ways": [way | {"days_from": 2, "days_to": 4}], "with_data": False}
    is_problem(api.put(f"{mine}/shipping", json=offer, headers=other), 404)
    is_problem(api.put(f"{mine}/shipping", json={"ways": [way | {"countries": ["XX"]}]}, headers=key), 422)
    is_problem(api.put(f"{mine}/shipping", json={"ways": [way | {"days_from": 2}]}, headers=key), 422)
    assert api.put(f"{mine}/shipping", json={"ways": []}, headers=key).json()["shipping"] is None
    (kept_way,) = api.put(f"{mine}/shipping", json=offer, headers=key).json()["shipping"]["ways"]
    assert (kept_way["name"], kept_way["price_minor"], kept_way["days_to"]) == ("Post", 650, 4)
    assert api.post(f"{mine}/publish", headers=key).status_code == 200
    orders = [paid_parcel(api, house, stripe, draft, name) for name in ("selling-globe", "selling-globe-2")]
    (sent, _), (kept, buyer) = orders
    assert {(each["order"], each["state"]) for each in api.get("/v1/seller/parcels", headers=key).json()} == {
        (ref, "received") for ref, _ in orders
    }

    is_problem(api.post(f"/v1/seller/parcels/{sent}/1/accept", headers=other), 404)
    assert api.post(f"/v1/seller/parcels/{sent}/1/accept", headers=key).json()["state"] == "accepted"
    tracking = {"carrier": "dpd", "tracking_number": "0123"}
    is_problem(api.put(f"/v1/seller/parcels/{sent}/1/tracking", json=tracking, headers=key), 422)
    tracking["tracking_number"] = "01234567890123"
    shipped = api.put(f"/v1/seller/parcels/{sent}/1/tracking", json=tracking, headers=key).json()
    assert (shipped["state"], shipped["tracking_url"][-14:]) == ("shipped", "01234567890123")
    is_problem(api.post(f"/v1/orders/{sent}/lines/1/cancel", headers=buyer), 404)
    is_problem(api.post(f"/v1/seller/parcels/{kept}/1/cancel", json={"reason": "Gone"}, headers=key), 403)
    is_problem(api.post(f"/v1/seller/parcels/{kept}/1/cancel", json={"reason": " "}, headers=paying), 422)
    is_problem(api.post(f"/v1/seller/parcels/{kept}/1/cancel", json={"reason": "Gone"}, headers=other), 404)
    canceled = api.post(f"/v1/orders/{kept}/lines/1/cancel", headers=buyer)
    assert canceled.json()["deliveries"][0]["state"] == "canceled"
    assert [each["amount_minor"] for each in api.get(f"/v1/orders/{kept}/refunds", headers=buyer).json()] == [4650]


def paid_parcel(api, house, stripe, draft, name):
    """A good that was bought through the API and paid at the sandbox: the order, and its buyer's key."""
    buyer = person(house, name)
    key, order = key_of(house, buyer), {"listings": [draft.slug], "accept_licence": accepted(api, draft)}
    placed = api.post("/v1/orders", json=order, headers=key | once(name)).json()
    assert pay(stripe, follow_link(stripe, placed["payment_url"]), **ADDRESS).status_code == 303
    sync_order(house.database, house.gateway, buyer, placed["id"], now=house.now())
    return placed["id"], key
