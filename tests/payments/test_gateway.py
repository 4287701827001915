"""The port: safe settings only, patience with Stripe, and every wish made once."""

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from polidat.payments import Gateway, LinkItem, StripeAway, StripeRefused, UnsafeStripeSetup, check_setup, open_gateway
from polidat.payments.facts import LinkWish
from tests.payments.world import World
from tests.stripe_sandbox.conftest import make_seller

WISH = LinkWish("pay_1", "ord_1", (LinkItem("Polls", 10_000),), "usd", 0, "acct_1", "http://127.0.0.1:1/order")


@pytest.mark.parametrize(
    ("key", "base_url"),
    [
        ("sk_live_x", "http://127.0.0.1:4242"),
        ("rk_live_x", "http://localhost:4242"),
        ("sk_test_sim", None),
        ("sk_test_sim", "https://api.stripe.com"),
        ("sk_test_sim", "http://127.0.0.1.evil.example"),
        ("sk_test_sim", "http://127.0.0.1@evil.example"),
        ("sk_test_x", "https://evil.example"),
        ("sk_live_x", "https://evil.example"),
        ("", None),
        ("  ", "http://127.0.0.1:1"),
    ],
)
def test_a_key_and_an_address_that_must_not_meet_are_refused(key, base_url):
    with pytest.raises(UnsafeStripeSetup):
        open_gateway(key, base_url=base_url)


@pytest.mark.parametrize(
    ("key", "base_url"),
    [("sk_live_x", None), ("sk_test_x", None), ("sk_test_sim", "http://127.0.0.1:1"), ("sk_test_x", "http://[::1]:1")],
)
def test_a_key_and_an_address_that_belong_together_are_taken(key, base_url):
    check_setup(key, base_url)

    assert Gateway(key, base_url=base_url).livemode == key.startswith("sk_live")


def test_every_way_out_leads_to_the_sandbox():
    gateway = open_gateway("sk_test_sim", base_url="http://127.0.0.1:9/")

    addresses = gateway._client._requestor._options.base_addresses
    assert addresses == dict.fromkeys(("api", "connect", "files", "meter_events"), "http://127.0.0.1:9")
    assert stripe.enable_telemetry is False


class Moody(ThreadingHTTPServer):
    """A Stripe that answers what it is told to, and notes what it was asked."""

    answers: list[int]
    asked: list[dict[str, str]]


@pytest.fixture
def moody() -> Iterator[Moody]:
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.server.asked.append({name.lower(): value for name, value in self.headers.items()})
            status = self.server.answers.pop(0) if self.server.answers else 200
            link = {"id": "plink_1", "object": "payment_link", "url": "http://127.0.0.1:1/b/1"}
            body = json.dumps(link if status == 200 else {"error": {"message": "no", "type": "api_error"}}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None: ...

    server = Moody(("127.0.0.1", 0), Answer)
    server.answers, server.asked = [], []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def gateway(moody, slept):
    return Gateway("sk_test_sim", base_url=f"http://127.0.0.1:{moody.server_port}", sleep=slept.append)


def test_a_429_is_waited_out_longer_each_time(moody, gateway, slept):
    moody.answers[:] = [429, 429, 429]

    assert gateway.open_link(WISH).id == "plink_1"
    assert slept == [0.5, 1.0, 2.0]


def test_a_429_that_does_not_end_is_unavailable(moody, gateway, slept):
    moody.answers[:] = [429] * 20

    with pytest.raises(StripeAway):
        gateway.open_link(WISH)

    assert len(slept) == 4


def test_every_attempt_carries_the_same_key_and_no_telemetry(moody, gateway):
    moody.answers[:] = [500, 429]

    gateway.open_link(WISH)

    assert [each["idempotency-key"] for each in moody.asked] == ["link-pay_1"] * 3
    assert "x-stripe-client-telemetry" not in moody.asked[-1]
    assert "telemetry_id" not in moody.asked[-1]["x-stripe-client-user-agent"]


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_stripe_does_not_understand_is_not_tried_again(moody, gateway, status):
    moody.answers[:] = [status]

    with pytest.raises(StripeRefused):
        gateway.open_link(WISH)

    assert len(moody.asked) == 1


@pytest.mark.parametrize("shared", [False, True])
def test_the_same_wish_is_one_link_and_another_wish_under_its_name_is_refused(world: World, shared: bool):
    wish = replace(WISH, destination=None if shared else make_seller(world.sandbox))
    first, again = (world.gateway.open_link(wish) for _ in range(2))

    assert first == again
    with pytest.raises(StripeRefused):
        world.gateway.open_link(replace(wish, items=(LinkItem("Polls", 1),)))


@pytest.mark.parametrize("shared", [False, True])
def test_a_closed_link_or_session_takes_nobody(world: World, shared: bool):
    link = world.gateway.open_link(replace(WISH, destination=None if shared else make_seller(world.sandbox)))

    for _ in range(2):
        world.gateway.close_link(link.id)

    assert world.sandbox.web.get(link.url).status_code == 410


def test_the_suite_reaches_no_other_stripe():
    assert not [name for name in os.environ if name.startswith("STRIPE_")]
