"""What a key may do, how often it may call, what is done once, and lists page by page."""

import re
from datetime import timedelta
from functools import cache

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from polidat.api import build_api
from polidat.api.rate import CallLimit, CallsUsedUp
from polidat.core import Invalid, NotAllowed
from polidat.people import KeyOfAnotherCall, KeyScope, do_once, holder_of_key, make_api_key, make_operator, register
from tests.api.test_api import is_problem
from tests.conftest import NOON
from tests.factories import key_of, ordered, person, published


@pytest.fixture(scope="module")
def free(house, tmp_path_factory):
    return published(house, tmp_path_factory.mktemp("keys"), "Api keys", price_minor=0)


def test_a_key_does_only_what_it_may(api, house, free):
    who = person(house, "keys-reader")
    reads, sells = key_of(house, who, KeyScope.READ), key_of(house, who, KeyScope.SELL)
    order, once = {"listings": [free.slug]}, {"Idempotency-Key": "key-of-this-order"}

    assert api.get("/v1/orders", headers=reads).status_code == 200
    assert "it needs “buy”" in is_problem(api.post("/v1/orders", json=order, headers=reads | once), 403)
    assert "“read” or “buy”" in is_problem(api.get("/v1/orders", headers=sells), 403)
    is_problem(api.post(f"/v1/listings/{free.slug}/query", json={"sql": "SELECT 1"}, headers=sells), 403)
    is_problem(api.post("/v1/datasets", params={"title": "x", "file_name": "x.csv"}, headers=reads), 403)
    assert api.get(f"/v1/listings/{free.slug}", headers=sells).status_code == 200


def routes(api):
    """Every route but those everybody may ask: its method, address, description and the scopes it needs."""
    for path, verbs in api.get("/openapi.json").json()["paths"].items():
        for verb, route in verbs.items():
            scopes = [each for one in route.get("security", []) for each in one.values()]
            if scopes and scopes[0]:
                yield verb, re.sub(r"{(by)}", "seller", re.sub(r"{\w*month}", "2026-11", path)), route, scopes[0]


def test_every_route_needs_a_key_that_may(api, house):
    who = person(house, "keys-walker")
    without = cache(lambda *scopes: key_of(house, who, *(set(KeyScope) - {*scopes, KeyScope.OPERATE})))

    walked = list(routes(api))
    for verb, path, _, scopes in walked:
        address = re.sub(r"{\w*}", "1", path)
        is_problem(api.request(verb, address), 401)
        is_problem(api.request(verb, address, headers=without(*scopes)), 403)
    assert len(walked) > 70
    assert {each for _, _, _, scopes in walked for each in scopes} == set(KeyScope)


def test_every_list_comes_in_pages(api):
    lists = [
        (path, {each["name"] for each in route.get("parameters", [])})
        for _, path, route, _ in routes(api)
        if route["responses"]
        .get("200", {})
        .get("content", {})
        .get("application/json", {})
        .get("schema", {})
        .get("type")
        == "array"
    ]
    assert len(lists) > 20
    unpaged = [path for path, names in lists if not {"limit", "after"} <= names]
    assert unpaged == ["/v1/operator/alerts/{order_id}/give-back"]  # what was just made, all of it


def test_keys_are_made_with_what_they_may_do(session):
    ada = register(session, "ada@example.org", now=NOON)
    with pytest.raises(Invalid, match="Choose what"):
        make_api_key(session, ada, "none", scopes=[], now=NOON)
    with pytest.raises(NotAllowed, match="Only operators"):
        make_api_key(session, ada, "all", scopes=list(KeyScope), now=NOON)
    all_of_it = make_api_key(session, make_operator(session, ada), "all", scopes=set(KeyScope), now=NOON)
    assert all_of_it.row.scopes == list(KeyScope)
    plain = make_api_key(session, ada, "plain", now=NOON)
    assert holder_of_key(session, plain.secret, now=NOON).scopes == {"read", "buy", "sell"}


def test_a_key_from_before_there_were_scopes_may_do_what_it_could(session):
    ada = register(session, "ada@example.org", now=NOON)
    made = make_api_key(session, ada, "old", scopes=[KeyScope.READ], now=NOON)
    session.execute(text("UPDATE api_key SET scopes = DEFAULT WHERE id = :id"), {"id": made.row.id})
    session.expire_all()

    holder = holder_of_key(session, made.secret, now=NOON)
    assert holder.check_may(KeyScope.BUY) == ada
    with pytest.raises(NotAllowed, match="“payout”"):
        holder.check_may(KeyScope.PAYOUT)


def test_an_operators_key_is_an_operators_only_if_it_was_made_for_that(session):
    otto = make_operator(session, register(session, "otto@example.org", now=NOON))
    plain, ranked = (
        make_api_key(session, otto, "key", scopes=scopes, now=NOON)
        for scopes in ([KeyScope.READ, KeyScope.PAYOUT], [KeyScope.OPERATE])
    )

    person = holder_of_key(session, plain.secret, now=NOON).person
    assert (person.id, person.email, person.is_operator) == (otto.id, otto.email, False)
    assert holder_of_key(session, ranked.secret, now=NOON).person.is_operator
    session.expire_all()
    assert otto.is_operator


def test_what_is_done_once_is_not_done_again(session):
    ada, done = register(session, "ada@example.org", now=NOON), list[str]()

    def work() -> str:
        done.append("x")
        return f"ref_{len(done)}"

    first, again = (do_once(session, ada, "click", "give 5 back", work, now=NOON) for _ in (1, 2))
    assert (first, again, len(done)) == ("ref_1", "ref_1", 1)
    with pytest.raises(KeyOfAnotherCall):
        do_once(session, ada, "click", "give 6 back", work, now=NOON)
    assert do_once(session, ada, "click", "give 6 back", work, now=NOON + timedelta(days=31)) == "ref_2"
    bob = register(session, "bob@example.org", now=NOON)
    assert do_once(session, bob, "click", "give 7 back", work, now=NOON) == "ref_3"


def test_a_key_calls_so_often_and_then_waits():
    limit = CallLimit()
    for _ in range(3):
        limit.take(1, per_minute=3, now=NOON)
    with pytest.raises(CallsUsedUp) as refused:
        limit.take(1, per_minute=3, now=NOON)
    assert refused.value.wait_s in (20, 21)
    limit.take(2, per_minute=3, now=NOON)
    limit.take(1, per_minute=3, now=NOON + timedelta(seconds=21))
    with pytest.raises(CallsUsedUp):
        limit.take(1, per_minute=3, now=NOON + timedelta(seconds=22))
    with pytest.raises(CallsUsedUp):
        limit.take(1, per_minute=3, now=NOON)  # a clock that goes back gives nothing


class Slow(CallLimit):
    """One call a minute, in a minute that does not pass."""

    def take(self, key_id, *, per_minute, now):
        super().take(key_id, per_minute=1, now=NOON)


def test_who_calls_too_often_is_told_when_to_come_back(house):
    key = key_of(house, person(house, "keys-busy"))
    with TestClient(build_api(lambda: house)) as api:
        api.app.state.calls = Slow()
        assert api.get("/v1/orders", headers=key).status_code == 200
        refused = api.get("/v1/orders", headers=key)

    assert "1 times a minute" in is_problem(refused, 429)
    assert refused.headers["retry-after"] in ("60", "61")


def pages_of(api, address, headers, **asked):
    """Every page of a list, by following what it says."""
    query = "&".join(f"{name}={each}" for name, each in asked.items())
    while True:
        answer = api.get(f"{address}?{query}", headers=headers)
        assert answer.status_code == 200, answer.text
        yield answer.json()
        if "link" not in answer.headers:
            return
        query = answer.headers["link"].removeprefix("<?").removesuffix('>; rel="next"')


def test_orders_come_page_by_page_each_once(api, house, tmp_path, free):
    who = person(house, "keys-pages")
    others = [published(house, tmp_path, f"Api page {number}", price_minor=0) for number in range(2)]
    with house.unit_of_work() as session:
        placed = [ordered(session, who, [each.id], key=each.slug, now=house.now()) for each in (free, *others)]
    key = key_of(house, who)

    pages = list(pages_of(api, "/v1/orders", key, limit=2))
    assert [[each["id"] for each in page] for page in pages] == [
        [placed[2].public_id, placed[1].public_id], [placed[0].public_id],
    ]  # fmt: skip
    stranger = key_of(house, person(house, "keys-stranger"))
    is_problem(api.get("/v1/orders", params={"after": placed[0].public_id}, headers=stranger), 422)
    is_problem(api.get("/v1/orders", params={"limit": 0}, headers=key), 422)
    is_problem(api.get("/v1/subscriptions", params={"after": "sub_x"}, headers=key), 422)

    for asked in ({}, {"q": "api page"}):
        found = [each["slug"] for page in pages_of(api, "/v1/listings", {}, limit=1, **asked) for each in page]
        assert len(found) == len(set(found))
        assert {each.slug for each in others} <= set(found)
    is_problem(api.get("/v1/listings", params={"after": "nothing"}), 422)
