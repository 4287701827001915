"""The routes that set and clear the cookie."""

import re

import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.testclient import TestClient

from polidat.api import web_routes
from polidat.orders import NEW_CARTS_PER_HOUR, Visitor, cart_of
from polidat.people import csrf_token, mails, person_of_session, request_sign_in
from tests.factories import cookie_of, person, published


@pytest.fixture
def web(house):
    with TestClient(Starlette(routes=web_routes(lambda: house)), follow_redirects=False) as client:
        yield client


def test_the_mailed_link_asks_once_more_and_then_signs_in(web, house):
    with house.unit_of_work() as session:
        request_sign_in(session, "web@example.org", confirm_url="http://x/auth/confirm", now=house.now())
        token = re.search(r"token=(\S+)", mails(session)[0].body)[1]

    page = web.get("/auth/confirm", params={"token": token})
    answer = web.post("/auth/confirm", data={"token": token})
    again = web.post("/auth/confirm", data={"token": token})

    assert token in page.text
    assert "set-cookie" not in page.headers
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=lax" in answer.headers["set-cookie"]
    assert again.status_code == 401


def test_a_token_in_the_link_stays_text(web):
    page = web.get("/auth/confirm", params={"token": '"><script>alert(1)</script>'})

    assert "<script>" not in page.text


def test_only_demo_people_are_continued_as(web, house):
    person(house, "web-not-demo")

    assert web.post("/auth/demo", data={"email": "web-not-demo@example.org"}).status_code == 404
    assert web.post("/auth/demo", data={"email": "bea@polidat.example"}).status_code == 404  # no demo loaded here


def test_signing_out_needs_the_session_s_own_token(web, house):
    token = cookie_of(house, person(house, "web-leaver"))
    web.cookies.set("polidat_session", token)

    web.post("/auth/sign-out", data={"csrf": "wrong"})
    with house.reading() as session:
        assert person_of_session(session, token, now=house.now()) is not None
    web.post("/auth/sign-out", data={"csrf": csrf_token(token)})
    with house.reading() as session:
        assert person_of_session(session, token, now=house.now()) is None


@pytest.fixture(scope="module")
def polls(house, tmp_path_factory):
    return published(house, tmp_path_factory.mktemp("web"), "Web polls", price_minor=1_900)


def in_cart(house, whose) -> list[tuple[str, int]]:
    with house.reading() as session:
        return [(each.listing.title, each.quantity) for each in cart_of(session, whose)]


OURS = {"origin": "http://testserver"}


def test_a_visitor_fills_a_cart_that_becomes_theirs_at_sign_in_once(web, house, polls):
    put = web.post("/cart/add", data={"listing": polls.slug, "quantity": "2"}, headers=OURS)
    token = web.cookies["polidat_cart"]
    again = web.post(
        "/cart/add", data={"listing": polls.slug, "quantity": "3"}, headers={"sec-fetch-site": "same-origin"}
    )

    assert (put.status_code, put.headers["location"]) == (303, "/cart")
    for words in ("HttpOnly", "SameSite=lax", "Max-Age=2592000"):
        assert words in put.headers["set-cookie"]
    assert again.status_code == 303
    assert web.cookies["polidat_cart"] == token
    assert in_cart(house, Visitor(token)) == [("Web polls", 3)]

    for expected in ("/cart", "/"):
        web.cookies.set("polidat_cart", token)
        with house.unit_of_work() as session:
            request_sign_in(session, "web-cart@example.org", confirm_url="http://x/auth/confirm", now=house.now())
            link = re.search(r"token=(\S+)", mails(session)[0].body)[1]
        welcome = web.post("/auth/confirm", data={"token": link})
        assert welcome.headers["location"] == expected
        assert 'polidat_cart=""' in str(welcome.headers.get_list("set-cookie"))
    assert in_cart(house, person(house, "web-cart")) == [("Web polls", 3)]
    assert in_cart(house, Visitor(token)) == []


def test_when_too_many_carts_were_begun_a_visitor_is_asked_to_sign_in(web, house, polls):
    now, prefix = house.now(), "begun by many "
    with house.unit_of_work() as session:
        begun = "select :p || i, '', :at, :at from generate_series(1, :n) i"
        session.execute(
            text(f"insert into cart (digest, told, made_at, used_at) {begun}"),
            {"p": prefix, "at": now, "n": NEW_CARTS_PER_HOUR},
        )
    try:
        answer = web.post("/cart/add", data={"listing": polls.slug}, headers=OURS)
    finally:
        with house.unit_of_work() as session:
            session.execute(text("delete from cart where digest like :p || '%'"), {"p": prefix})

    assert (answer.status_code, "set-cookie" in answer.headers) == (429, False)
    assert "Sign in" in answer.text


def test_who_is_signed_in_adds_to_their_own_cart(web, house, polls):
    buyer = person(house, "web-buyer")
    web.cookies.set("polidat_session", cookie_of(house, buyer))

    answer = web.post("/cart/add", data={"listing": polls.slug}, headers=OURS)

    assert "set-cookie" not in answer.headers
    assert in_cart(house, buyer) == [("Web polls", 1)]


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"},
     {**OURS, "sec-fetch-site": "same-site"}],
)  # fmt: skip
def test_another_site_puts_nothing_into_a_cart(web, polls, headers):
    answer = web.post("/cart/add", data={"listing": polls.slug}, headers=headers)

    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


def test_a_token_nobody_was_given_is_not_taken(web, house, polls):
    web.cookies.set("polidat_cart", "chosen-by-somebody-else")

    answer = web.post("/cart/add", data={"listing": polls.slug}, headers=OURS)

    assert "chosen-by-somebody-else" not in answer.headers["set-cookie"]
    assert in_cart(house, Visitor("chosen-by-somebody-else")) == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"listing": "nothing"}, 404), ({"quantity": "many"}, 422), ({"quantity": "101"}, 422), ({"quantity": "0"}, 422)],
)
def test_what_cannot_go_in_says_why(web, polls, fields, status):
    answer = web.post("/cart/add", data={"listing": polls.slug, **fields}, headers=OURS)

    assert answer.status_code == status
    assert "Go to your cart" in answer.text
    assert "set-cookie" not in answer.headers


def test_coming_back_from_stripe_leads_to_the_order_and_nowhere_else(web):
    assert web.get("/pay/return/ord_1").headers["location"] == "/order?order=ord_1"
    assert web.get("/pay/return/https:%2F%2Fevil").status_code in (303, 404)
