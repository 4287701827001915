"""Running the marketplace through the API: for operators, by keys that were made for it."""

import pytest
from sqlalchemy import text

from polidat.orders import FraudFinding, fraud_rules
from polidat.people import KeyScope, make_operator
from tests.api.test_api import is_problem
from tests.factories import key_of, ordered, person
from tests.pages.test_money_pages import bought, sold_by_somebody_paid

ROOT = "/v1/operator"
READS = [
    "revenue", "revenue/monthly", "revenue/alerts", "revenue/csv", "revenue/by/seller", "trial-balance",
    "trial-balance/csv", "journal/csv", "differences", "differences/csv", "findings", "commission-rules",
]  # fmt: skip


@pytest.fixture(scope="module")
def operator(house):
    who = person(house, "api-operator")
    with house.unit_of_work() as session:
        return make_operator(session, who)


@pytest.fixture(scope="module")
def key(house, operator):
    return key_of(house, operator, KeyScope.OPERATE)


@pytest.fixture(scope="module")
def days(house):
    return {"from": f"{house.now():%Y-%m-%d}", "to": f"{house.now():%Y-%m-%d}"}


@pytest.fixture(scope="module")
def listing(house, stripe, tmp_path_factory):
    listing = sold_by_somebody_paid(house, stripe, tmp_path_factory.mktemp("operating"), "Api operating")
    bought(house, stripe, listing, person(house, "operating-buyer"))
    return listing


@pytest.mark.parametrize("name", READS)
def test_the_marketplace_is_shown_to_operators_only(api, house, operator, days, name):
    everyday = key_of(house, operator)
    with house.unit_of_work() as session:
        was_one = make_operator(session, person(house, "api-operator-once"))
    former = key_of(house, was_one, KeyScope.OPERATE)
    with house.unit_of_work() as session:
        session.execute(text("UPDATE person SET is_operator = false WHERE id = :id"), {"id": was_one.id})

    for wrong, status in (({}, 401), (everyday, 403), (former, 403)):
        is_problem(api.get(f"{ROOT}/{name}", params=days, headers=wrong), status)


def test_what_was_sold_is_told_by_day_seller_listing_and_category(api, key, days, listing):
    told = api.get(f"{ROOT}/revenue", params=days, headers=key).json()
    assert told["total"]["gross_minor"] >= 1900
    assert [each["figures"]["gross_minor"] for each in told["course"]] == [told["total"]["gross_minor"]]
    for by in ("seller", "listing", "category"):
        groups = api.get(f"{ROOT}/revenue/by/{by}", params=days, headers=key).json()
        assert 1900 <= sum(each["figures"]["gross_minor"] for each in groups) <= told["total"]["gross_minor"]
        csv = api.get(f"{ROOT}/revenue/csv", params=days | {"by": by}, headers=key)
        assert csv.text.startswith("key,name,currency,gross")
    assert api.get(f"{ROOT}/revenue/csv", params=days, headers=key).text.count("\n") == 2
    assert api.get(f"{ROOT}/revenue/monthly", headers=key).json()["currency"] == "usd"
    assert api.get(f"{ROOT}/revenue/alerts", params=days, headers=key).json() == []

    for wrong in ({"from": "yesterday"}, {"from": "9999-12-31", "to": "9999-12-31"}, {"to": "2020-01-01"},
                  {"currency": "xxx"}, {"grain": "hour"}, {"from": "2001-01-01"}):  # fmt: skip
        is_problem(api.get(f"{ROOT}/revenue", params=days | wrong, headers=key), 422)


def test_the_books_are_balanced_and_taken_away(api, key, days, listing):
    told = api.get(f"{ROOT}/trial-balance", headers=key).json()
    assert told["balanced"] is True
    assert "R:commission" in {each["code"] for each in told["lines"]}
    assert api.get(f"{ROOT}/trial-balance/csv", headers=key).text.splitlines()[-1].startswith("total,")
    journal = api.get(f"{ROOT}/journal/csv", params=days, headers=key)
    assert journal.headers["content-disposition"].endswith('.csv"')
    assert journal.text.startswith("date,transaction,kind,account")
    assert api.get(f"{ROOT}/journal/csv", params={"from": "2020-01-01", "to": "2020-01-02"}, headers=key).text.count(
        "\n"
    ) < journal.text.count("\n")


def test_the_books_are_compared_and_what_differs_is_settled(api, house, operator, key, days, listing):
    with house.unit_of_work() as session:
        session.execute(
            text(
                "insert into stripe_bt (id, kind, category, currency, amount_minor, fee_minor, net_minor, created_at, "
                "available_at, status) values "
                "('txn_api_strange', 'x', 'other_adjustment', 'usd', -77, 0, -77, now(), now(), 'x')"
            )
        )
    found = api.post(f"{ROOT}/reconciliations", params=days, headers=key).json()
    assert (found["clean"], found["counts"]["unknown_type"]) == (False, 1)
    open_ones = api.get(f"{ROOT}/differences", headers=key).json()
    strange = next(each for each in open_ones if each["about"] == "txn_api_strange")
    assert (strange["stripe_minor"], strange["books_minor"], strange["owner"]) == (-77, None, "")

    address = f"{ROOT}/differences/{strange['id']}"
    assert api.post(f"{address}/take", headers=key).status_code == 204
    assert operator.email in api.get(f"{ROOT}/differences/csv", headers=key).text
    is_problem(api.post(f"{address}/settle", json={"note": " "}, headers=key), 422)
    assert api.post(f"{address}/settle", json={"note": "A correction by Stripe"}, headers=key).status_code == 204
    is_problem(api.post(f"{address}/settle", json={"note": "Again"}, headers=key), 422)
    is_problem(api.post(f"{ROOT}/differences/{10**18}/take", headers=key), 422)
    for each in api.get(f"{ROOT}/differences", headers=key).json():
        api.post(f"{ROOT}/differences/{each['id']}/settle", json={"note": "of the same correction"}, headers=key)


def test_a_finding_is_decided_once(api, house, operator, key):
    with house.unit_of_work() as session:
        rule = fraud_rules(session, operator)[0]
        finding = FraudFinding(
            rule_code=rule.code, rule_version=1, subject="ord_api", inputs={"orders": 9}, action=rule.action,
            mode="shadow", found_at=house.now(),
        )  # fmt: skip
        session.add(finding)
    found = next(each for each in api.get(f"{ROOT}/findings", headers=key).json() if each["subject"] == "ord_api")
    assert (found["rule_code"], found["inputs"], found["state"]) == (rule.code, {"orders": 9}, "open")

    address = f"{ROOT}/findings/{found['id']}/decision"
    is_problem(api.post(address, json={}, headers=key), 422)
    assert api.post(address, json={"fraud": False}, headers=key).json()["state"] == "released"
    is_problem(api.post(address, json={"fraud": True}, headers=key), 409)
    is_problem(api.post(f"{ROOT}/findings/{10**18}/decision", json={"fraud": True}, headers=key), 404)


def test_an_order_whose_money_does_not_fit_is_looked_at(api, house, key, listing):
    with house.unit_of_work() as session:
        order = ordered(session, person(house, "operating-flagged"), [listing.id], key="flagged", now=house.now())
        order.alert = "It was paid twice."
    shown = [each for each in api.get(f"{ROOT}/alerts", headers=key).json() if each["order"] == order.public_id]

    assert [(each["alert"], each["total_minor"]) for each in shown] == [("It was paid twice.", 1900)]
    is_problem(api.post(f"{ROOT}/alerts/{order.public_id}/give-back", headers=key), 409)
    is_problem(api.delete(f"{ROOT}/alerts/ord_nothing", headers=key), 404)
    assert api.delete(f"{ROOT}/alerts/{order.public_id}", headers=key).status_code == 204
    assert order.public_id not in api.get(f"{ROOT}/alerts", headers=key).text


def test_a_commission_rule_is_added_once_and_ended(api, key, listing):
    wanted = {"kind": "sale", "bps": 1234, "scope": "listing", "target": listing.slug, "currency": "usd",
              "fixed_minor": 30}  # fmt: skip
    once = {"Idempotency-Key": "rule-of-this-test"}
    first, again = (api.post(f"{ROOT}/commission-rules", json=wanted, headers=key | once) for _ in (1, 2))
    assert (first.status_code, first.json()["shown"]) == (201, "12.34 % + 0.30 USD")
    assert again.json() == first.json()
    is_problem(api.post(f"{ROOT}/commission-rules", json=wanted | {"bps": 1}, headers=key | once), 409)
    for wrong, status in (({"bps": 9_999}, 422), ({"target": "nothing"}, 404), ({"kind": "gift"}, 422),
                          ({"valid_from": "2020-01-01T00:00:00Z"}, 422), ({"kind": "usage"}, 422)):  # fmt: skip
        other = {"Idempotency-Key": f"wrong-rule-{wrong}"[:70]}
        is_problem(api.post(f"{ROOT}/commission-rules", json=wanted | wrong, headers=key | other), status)
    assert api.get(f"{ROOT}/commission-rules", headers=key).json()[0]["id"] == first.json()["id"]

    address = f"{ROOT}/commission-rules/{first.json()['id']}"
    assert api.delete(address, headers=key).json()["valid_to"] is not None
    is_problem(api.delete(address, headers=key), 409)
    is_problem(api.delete(f"{ROOT}/commission-rules/{10**18}", headers=key), 404)


def test_what_no_database_keeps_is_the_callers_mistake(api, house, key):
    reader = key_of(house, person(house, "operating-nul"), KeyScope.READ)

    assert "no text has" in is_problem(api.get("/v1/listings", params={"q": "a\x00b"}), 422)
    assert "no text has" in is_problem(api.get("/v1/orders/ord_%00", headers=reader), 422)
    wanted = '{"listing": "\\ud800", "interval": "month"}'
    once = {"Idempotency-Key": "half-a-character", "Content-Type": "application/json"}
    buyer = key_of(house, person(house, "operating-nul"))
    assert "no text has" in is_problem(api.post("/v1/subscriptions", content=wanted, headers=buyer | once), 422)
