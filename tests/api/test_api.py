"""API v1: find, look, query, ask, upload, order; every error is a problem document."""

import io
import time

import pyarrow.ipc
import pytest

from polidat.access import grant
from polidat.catalog import ShippingOffer, ask_buyers, set_shipping
from polidat.core import Money
from polidat.orders import give_address, ship_line
from polidat.orders.place import grant_lines
from polidat.payments import Address
from polidat.people import Person
from tests.factories import SPEECH, key_of, ordered, person, published


@pytest.fixture(scope="module")
def polls(house, tmp_path_factory):
    return published(house, tmp_path_factory.mktemp("api"), "Api polls", price_minor=1900)


@pytest.fixture(scope="module")
def free(house, tmp_path_factory):
    return published(house, tmp_path_factory.mktemp("api"), "Api speech", price_minor=0, name="speech.txt", text=SPEECH)


@pytest.fixture(scope="module")
def buyer(house, polls):
    who = person(house, "api-buyer")
    with house.unit_of_work() as session:
        grant(session, who.id, polls.dataset_id, kind="free", order_line="test:api", now=house.now())
    return key_of(house, who)


def is_problem(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["detail"]


def test_everybody_may_browse_and_look(api, polls):
    found = api.get("/v1/listings", params={"q": "api polls"}).json()
    shown = api.get(f"/v1/listings/{polls.slug}").json()

    assert polls.slug in [each["slug"] for each in found]
    assert (shown["price"], shown["version"], shown["tables"][0]["rows"]) == ("19.00 USD", 1, 4)
    assert [each["name"] for each in shown["tables"][0]["columns"]][:2] == ["pollster", "state"]
    assert shown["quality"]["success"] is True


def test_a_query_answers_json_or_arrow(api, polls, buyer):
    address, sql = (
        f"/v1/listings/{polls.slug}/query",
        {"sql": "SELECT state, count(*) n FROM polls GROUP BY 1 ORDER BY 2 DESC, 1"},
    )
    told = api.post(address, json=sql, headers=buyer).json()
    streamed = api.post(address, json=sql, headers=buyer | {"Accept": "application/vnd.apache.arrow.stream"})

    assert told["rows"] == [{"state": "TX", "n": 2}, {"state": "CA", "n": 1}, {"state": "NY", "n": 1}]
    assert told["row_count"] == 3
    assert pyarrow.ipc.open_stream(io.BytesIO(streamed.content)).read_all().num_rows == 3


def test_a_question_is_answered_with_its_sql(api, polls, buyer):
    told = api.post(
        f"/v1/listings/{polls.slug}/ask", json={"question": "How many polls were there in 2016?"}, headers=buyer
    ).json()

    assert told["answered"] is True
    assert told["rows"] == [{"rows": 2}]
    assert "2016" in told["sql"]


def test_every_refusal_is_a_problem(api, polls, buyer, house):
    stranger = key_of(house, person(house, "api-stranger"))
    address = f"/v1/listings/{polls.slug}/query"

    assert "API key" in is_problem(api.post(address, json={"sql": "SELECT 1"}), 401)
    is_problem(api.post(address, json={"sql": "SELECT 1"}, headers={"Authorization": "Bearer pd_wrong"}), 401)
    assert "library" in is_problem(api.post(address, json={"sql": "SELECT 1"}, headers=stranger), 403)
    is_problem(api.post(address, json={"sql": "DROP TABLE polls"}, headers=buyer), 422)
    is_problem(api.post(address, json={"sql": "SELECT * FROM secrets"}, headers=buyer), 404)
    is_problem(api.post(address, json={}, headers=buyer), 422)
    is_problem(api.get("/v1/listings/nothing"), 404)
    is_problem(api.get("/v1/nowhere"), 404)
    is_problem(api.get("/v1/orders/ord_nothing", headers=buyer), 404)
    is_problem(api.post("/stripe/webhook", content=b"{}", headers={"Stripe-Signature": "t=1,v1=x"}), 400)
    is_problem(api.post("/stripe/webhook", content=b"x" * (2 << 20)), 429)


def accepted(api, listing) -> list[int]:
    """What somebody accepts who has read the licence."""
    return [api.get(f"/v1/listings/{listing.slug}").json()["licence"]["id"]]


def test_several_licences_are_ordered_with_a_note_given_away_and_taken_back(api, house, polls):
    who = person(house, "api-several")
    headers = key_of(house, who)
    order = {"listings": [polls.slug], "quantities": {polls.slug: 3}, "notes": {polls.slug: "Hello"}}
    with house.unit_of_work() as session:
        placed = ordered(session, who, [polls.id], key="k" * 16, quantities={polls.id: 3}, now=house.now())
        grant_lines(session, placed, "purchase", now=house.now())

    told = api.post("/v1/orders", json=order, headers=headers | {"Idempotency-Key": "k" * 16}).json()
    for quantity, status in ((0, 422), (101, 422), (2, 409)):
        other = order | {"quantities": {polls.slug: quantity}}
        is_problem(api.post("/v1/orders", json=other, headers=headers | {"Idempotency-Key": "k" * 16}), status)

    assert told["items"] == [
        {
            "number": 1,
            "title": "Api polls",
            "quantity": 3,
            "for_others": False,
            "unit_minor": 1900,
            "discount_minor": 0,
            "price_minor": 5700,
        }
    ]
    address = f"/v1/orders/{told['id']}/seats"
    given = api.post(address, json={"line": 1, "email": "Api-Friend@example.org"}, headers=headers)
    assert (given.status_code, given.json()["email"], given.json()["taken_at"]) == (201, "api-friend@example.org", None)
    (line,) = api.get(address, headers=headers).json()
    assert (line["quantity"], line["yours"], line["free"], line["given"]) == (3, True, 1, [given.json()])
    stranger = key_of(house, person(house, "api-stranger"))
    is_problem(api.get(address, headers=stranger), 404)
    is_problem(api.delete(f"{address}/{given.json()['id']}", headers=stranger), 404)
    is_problem(api.delete(f"{address}/0", headers=headers), 404)
    assert api.delete(f"{address}/{given.json()['id']}", headers=headers).status_code == 204
    assert api.get(address, headers=headers).json()[0]["given"] == []


def test_a_licence_that_was_given_is_accepted_with_its_terms_and_given_back(api, house, polls):
    buyer, friend = person(house, "api-giver"), person(house, "api-given")
    mine, theirs = key_of(house, buyer), key_of(house, friend)
    with house.unit_of_work() as session:
        placed = ordered(session, buyer, [polls.id], key="g" * 16, for_others=[polls.id], now=house.now())
        grant_lines(session, placed, "purchase", now=house.now())
    address = f"/v1/orders/{placed.public_id}/seats"
    given = api.post(address, json={"line": 1, "email": friend.email}, headers=mine).json()["id"]

    (offer,) = api.get("/v1/seats", headers=theirs).json()
    assert (offer["id"], offer["listing"], offer["given_by"], offer["asks"]) == (given, polls.slug, buyer.email, False)
    refused = api.post(f"/v1/seats/{given}/accept", json={}, headers=theirs)
    assert "accept the licence first" in is_problem(refused, 409)
    is_problem(api.post(f"/v1/seats/{given}/accept", json={}, headers=mine), 404)
    agreed = {"accept_licence": [offer["licence"]["id"]]}
    accepted = api.post(f"/v1/seats/{given}/accept", json=agreed, headers=theirs).json()
    assert (accepted["taken_at"] is not None, accepted["licence"]) == (True, None)
    query = {"sql": "SELECT 1 AS one FROM polls LIMIT 1"}
    assert api.post(f"/v1/listings/{polls.slug}/query", json=query, headers=theirs).status_code == 200

    assert api.delete(f"/v1/seats/{given}", headers=theirs).status_code == 204
    (line,) = api.post(f"{address}/own", json={"line": 1}, headers=mine).json()
    assert (line["yours"], line["free"], line["given"]) == (True, 0, [])


def test_a_free_listing_is_ordered_and_owned_at_once(api, house, free):
    headers = key_of(house, person(house, "api-free"))
    order = {"listings": [free.slug]}
    licence = api.get(f"/v1/listings/{free.slug}").json()["licence"]

    refused = api.post("/v1/orders", json=order, headers=headers | {"Idempotency-Key": "k" * 16})
    assert f"accept the licence first: number {licence['id']} ({licence['name']})" in is_problem(refused, 409)
    order["accept_licence"] = [licence["id"]]
    first = api.post("/v1/orders", json=order, headers=headers | {"Idempotency-Key": "k" * 16})
    again = api.post("/v1/orders", json=order, headers=headers | {"Idempotency-Key": "k" * 16})
    asked = api.post(
        f"/v1/listings/{free.slug}/ask", json={"question": "What about broadband?"}, headers=headers
    ).json()

    assert (first.status_code, first.json()["state"]) == (201, "fulfilled")
    assert again.json()["id"] == first.json()["id"]
    assert [each["id"] for each in api.get("/v1/orders", headers=headers).json()] == [first.json()["id"]]
    assert api.get(f"/v1/orders/{first.json()['id']}", headers=headers).json()["total_minor"] == 0
    assert asked["how"] == "passages"
    assert all(each["quote"] in SPEECH for each in asked["citations"])


def test_a_listing_that_asks_who_its_buyers_are_says_so_and_decides(api, house, tmp_path):
    listing = published(house, tmp_path, "Api asking", price_minor=0)
    with house.unit_of_work() as session:
        seller = session.get_one(Person, listing.store.owner_id)
        ask_buyers(session, seller, listing.id, countries=["AT"], purposes=["Teaching"], now=house.now())
    headers = key_of(house, person(house, "api-asked")) | {"Idempotency-Key": "a" * 16}
    order = {"listings": [listing.slug], "accept_licence": accepted(api, listing)}

    asks = api.get(f"/v1/listings/{listing.slug}").json()["asks"]
    missing = api.post("/v1/orders", json=order, headers=headers)
    order["attestation"] = {"who": "Ann", "country": "FR", "purpose": "Teaching"}
    refused = api.post("/v1/orders", json=order, headers=headers)
    order["attestation"]["country"] = "AT"
    placed = api.post("/v1/orders", json=order, headers=headers)

    assert asks == {"countries": ["AT"], "purposes": ["Teaching"], "by_seller": False}
    assert "asks who you are" in is_problem(missing, 409)
    assert "not given to buyers in FR, only in AT" in is_problem(refused, 409)
    assert (placed.status_code, placed.json()["state"]) == (201, "fulfilled")


def test_a_listing_of_a_seller_who_cannot_be_paid_is_not_sold(api, house, polls):
    headers = key_of(house, person(house, "api-early")) | {"Idempotency-Key": "e" * 16}

    order = {"listings": [polls.slug], "accept_licence": accepted(api, polls)}
    assert "cannot be paid at the moment" in is_problem(api.post("/v1/orders", json=order, headers=headers), 409)
    is_problem(
        api.post("/v1/orders", json={"listings": [polls.slug]}, headers={**headers, "Idempotency-Key": "short"}), 422
    )


def test_an_upload_is_streamed_read_and_reported(api, house):
    headers = key_of(house, person(house, "api-seller"))
    sent = api.post(
        "/v1/datasets",
        params={"title": "Sent by API", "file_name": "t.csv"},
        content=b"a,b\n1,2\n3,4\n",
        headers=headers,
    )
    address = f"/v1/uploads/{sent.json()['id']}"
    for _ in range(200):
        told = api.get(address, headers=headers).json()
        if told["state"] in ("done", "failed"):
            break
        time.sleep(0.1)

    assert sent.status_code == 202
    assert (told["state"], told["version"], told["rejected_rows"], told["blocked"]) == ("done", 1, 0, False)
    assert api.post(f"{address}/cancel", headers=headers).json()["state"] == "done"
    is_problem(api.get(address, headers=key_of(house, person(house, "api-other"))), 404)
    is_problem(api.post("/v1/datasets", params={"title": "Empty", "file_name": "t.csv"}, headers=headers), 422)
    wrong = {"title": "Sent by API", "file_name": "t.csv", "kind": "polss"}
    assert "“polss” is no kind" in is_problem(
        api.post("/v1/datasets", params=wrong, content=b"a\n1\n", headers=headers), 422
    )


def test_an_upload_that_cannot_be_read_says_why(api, house):
    headers = key_of(house, person(house, "api-seller"))
    sent = api.post("/v1/datasets", params={"title": "Broken", "file_name": "t.xml"}, content=b"<a/>", headers=headers)
    for _ in range(200):
        told = api.get(f"/v1/uploads/{sent.json()['id']}", headers=headers).json()
        if told["state"] in ("done", "failed"):
            break
        time.sleep(0.1)

    assert told["state"] == "failed"
    assert "t.xml" in told["problem"]


def test_the_api_describes_itself_and_is_alive(api):
    described = api.get("/openapi.json").json()

    assert {"/v1/listings", "/v1/listings/{slug}/query", "/v1/datasets", "/v1/orders"} <= set(described["paths"])
    errors = {route["responses"]["default"]["content"].popitem()[0] for each in described["paths"].values()
              for route in each.values()}  # fmt: skip
    assert errors == {"application/problem+json"}
    assert api.get("/health").json() == {"status": "ok"}


def test_a_wallet_is_paid_into_and_pays_for_queries(api, house, tmp_path):
    from polidat.access import add_credit
    from polidat.catalog import Priced, set_usage_prices
    from polidat.core import MICROS, Money
    from polidat.people import Person

    listing = published(house, tmp_path, "Api by use", price_minor=1900)
    with house.unit_of_work() as session:
        seller = session.get_one(Person, listing.store.owner_id)
        set_usage_prices(session, seller, listing.id, {Priced.QUERY: 3 * MICROS})
    who = person(house, "api-wallet")
    key = key_of(house, who)
    assert api.get("/v1/wallet", headers=key).json() == []
    assert api.get(f"/v1/listings/{listing.slug}").json()["usage_prices_micros"] == {"query": 3 * MICROS}

    again = key | {"Idempotency-Key": "top-up-of-this-test"}
    asked = api.post("/v1/wallet/top-ups", headers=again, json={"amount_minor": 500, "currency": "usd"})
    assert asked.status_code == 201
    assert (
        asked.json()
        == api.post("/v1/wallet/top-ups", headers=again, json={"amount_minor": 500, "currency": "usd"}).json()
    )
    is_problem(api.post("/v1/wallet/top-ups", headers=again, json={"amount_minor": 600, "currency": "usd"}), 409)
    refused = api.post("/v1/wallet/top-ups", headers=again, json={"amount_minor": 1, "currency": "usd"})
    assert "Pay in 1.00 USD to 10,000.00 USD" in is_problem(refused, 422)

    limits = {"cap_minor": 5_000, "notice_minor": 100}
    assert api.put("/v1/wallet/usd/limits", headers=key, json=limits).status_code == 204
    assert api.get("/v1/wallet", headers=key).json()[0]["cap_minor"] == 5_000
    is_problem(api.put("/v1/wallet/xxx/limits", headers=key, json=limits), 422)
    is_problem(api.put("/v1/wallet/usd/limits", headers=key, json={"notice_minor": 50}), 422)
    assert api.get("/v1/wallet/top-ups", headers=key).json() == []

    wanted = {"listing": listing.slug}
    is_problem(api.post("/v1/wallet/listings", headers=key, json=wanted), 409)
    wanted["accept_licence"] = accepted(api, listing)
    assert api.post("/v1/wallet/listings", headers=key, json=wanted).status_code == 204
    run = {"sql": "SELECT count(*) AS n FROM polls"}
    empty = api.post(f"/v1/listings/{listing.slug}/query", headers=key, json=run)
    assert "your wallet has 0.00 USD free" in is_problem(empty, 409)
    with house.unit_of_work() as session:
        add_credit(session, who.id, Money(5, "usd"), origin="C:order:api", key="api", at=house.now())
    paid = api.post(f"/v1/listings/{listing.slug}/query", headers=key, json=run).json()
    assert (paid["rows"], paid["cost_micros"]) == ([{"n": 4}], 3 * MICROS)
    (wallet,) = api.get("/v1/wallet", headers=key).json()
    assert (wallet["balance_micros"], wallet["held_micros"]) == (2 * MICROS, 0)


def test_what_is_sent_is_followed_and_received(api, house, tmp_path):
    listing = published(house, tmp_path, "Api atlas", price_minor=0)
    seller = person(house, "seller-of-api-atlas")
    with house.unit_of_work() as session:
        set_shipping(session, seller, listing.id, ShippingOffer.flat(Money(0, "usd"), ["AT"]), now=house.now())
    told = api.get(f"/v1/listings/{listing.slug}").json()["shipping"]
    way = {"name": "Standard delivery", "price_minor": 0, "countries": ["AT"], "days_from": None, "days_to": None}
    assert told == {"currency": "usd", "ways": [way], "with_data": True}
    receiver = person(house, "api-receiver")
    with house.unit_of_work() as session:
        order = ordered(session, receiver, [listing.id], key="api-atlas", now=house.now()).public_id
        give_address(
            session, receiver, order, 1, Address("Ada", "Gasse 1", "", "Wien", "", "1010", "AT"), now=house.now()
        )
    who, shown = key_of(house, receiver), f"/v1/orders/{order}"
    assert is_problem(api.post(f"{shown}/lines/1/received", headers=who), 409)

    with house.unit_of_work() as session:
        ship_line(session, seller, order, 1, "dpd", "01234567890123", now=house.now())
    (parcel,) = api.get(shown, headers=who).json()["deliveries"]
    assert (parcel["state"], parcel["carrier"], parcel["tracking_number"]) == ("shipped", "dpd", "01234567890123")
    assert parcel["tracking_url"].endswith("/01234567890123")
    assert "Gasse" not in api.get(shown, headers=who).text

    assert api.post(f"{shown}/lines/1/received", headers=who).json()["state"] == "fulfilled"
    assert is_problem(api.post(f"{shown}/lines/1/received", headers=key_of(house, seller)), 404)
