"""The journal as a stream, to operators alone."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from polidat.api import web_routes
from polidat.ledger import Leg, post
from polidat.people import make_operator
from polidat.wiring import export_lately, kept_exports
from tests.conftest import NOON
from tests.factories import cookie_of, person

JOURNAL, DAYS = "/download/journal.csv", {"from": "2026-11-20", "to": "2026-11-20"}


@pytest.fixture
def web(house):
    with TestClient(Starlette(routes=web_routes(lambda: house))) as client:
        yield client


@pytest.fixture
def operator(house):
    who = person(house, "journal-operator")
    with house.unit_of_work() as session:
        return make_operator(session, who)


def test_an_operator_gets_the_days_asked_for_as_a_file(web, house, operator):
    with house.unit_of_work() as session:
        legs = [Leg("A:stripe", 4_242, "chf"), Leg("C:suspense", -4_242, "chf")]
        post(session, "journal-test", "unexplained", legs, occurred_at=NOON)
    cookies = {"Cookie": f"polidat_session={cookie_of(house, operator)}"}

    got = web.get(JOURNAL, params=DAYS, headers=cookies)
    other = web.get(JOURNAL, params={"from": "2020-01-01", "to": "2020-01-02"}, headers=cookies)

    assert (got.status_code, got.headers["content-disposition"]) == (
        200, 'attachment; filename="journal-2026-11-20-2026-11-20.csv"',
    )  # fmt: skip
    assert "C:suspense,,42.42,chf" in got.text
    assert "42.42" not in other.text
    for none in ("yesterday", "9999-12-31"):
        assert web.get(JOURNAL, params={"from": none, "to": none}, headers=cookies).status_code == 422


def test_files_of_a_kept_day_are_for_operators_alone(web, house, operator):
    (*_, day) = export_lately(house) or [each.day for each in reversed(kept_exports(house))]
    cookies = {"Cookie": f"polidat_session={cookie_of(house, operator)}"}

    got = web.get("/download/export", params={"day": str(day), "file": "manifest"}, headers=cookies)

    assert (got.status_code, got.json()["day"]) == (200, str(day))
    for wrong, status in (({"day": str(day), "file": "../x"}, 422), ({"day": "2001-01-01", "file": "journal"}, 404)):
        assert web.get("/download/export", params=wrong, headers=cookies).status_code == status
    assert web.get("/download/export", params={"day": str(day), "file": "manifest"}).status_code == 401


def test_nobody_else_gets_it(web, house):
    somebody = {"Cookie": f"polidat_session={cookie_of(house, person(house, 'journal-nobody'))}"}

    assert web.get(JOURNAL, params=DAYS).status_code == 401
    assert web.get(JOURNAL, params=DAYS, headers=somebody).status_code == 403
    assert "transaction" not in web.get(JOURNAL, params=DAYS, headers=somebody).text
