"""Headers every answer has."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from polidat.api import SafeHeaders


def test_answers_load_no_pictures_from_elsewhere_and_are_framed_by_nobody():
    def own(_request):
        return PlainTextResponse("x", headers={"Referrer-Policy": "no-referrer"})

    app = Starlette(routes=[Route("/own", own)], middleware=[Middleware(SafeHeaders)])
    with TestClient(app) as client:
        found, missing = client.get("/own"), client.get("/nothing")

    assert missing.status_code == 404
    for each in (found, missing):
        policy = each.headers["content-security-policy"]
        assert "img-src 'self' data: blob:;" in policy
        assert "frame-ancestors 'self'" in policy
        assert each.headers["x-content-type-options"] == "nosniff"
    assert found.headers.get_list("referrer-policy") == ["no-referrer"], "an answer's own goes before"
