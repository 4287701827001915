"""The routes that set and clear the cookie."""

import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from polidat.api import web_routes
from polidat.people import csrf_token, mails, person_of_session, request_sign_in
from tests.factories import cookie_of, person


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


def test_coming_back_from_stripe_leads_to_the_order_and_nowhere_else(web):
    assert web.get("/pay/return/ord_1").headers["location"] == "/order?order=ord_1"
    assert web.get("/pay/return/https:%2F%2Fevil").status_code in (303, 404)
