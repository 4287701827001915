"""A running sandbox, a real SDK client, and a listener for its webhooks, all over HTTP on loopback."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe
import uvicorn
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send
from stripe import StripeClient

from stripe_sandbox.app import create_app

SECRET = "whsec_test_platform"
CONNECT_SECRET = "whsec_test_connect"


def eventually(condition: Callable[[], Any], *, timeout_s: float = 15.0) -> Any:
    """Give the first true answer of `condition`; fails when there is none in time."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


@dataclass
class Listener:
    """An endpoint that keeps what it gets and answers what it is told to: `answers` are used up one by one."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[bytes, str]] = field(default_factory=list)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body, _ in self.got]

    def types(self) -> list[str]:
        return [body["type"] for body in self.bodies()]


@pytest.fixture(scope="session")
def ear() -> Iterator[dict[str, Listener]]:
    """One web server for all listeners: what arrives goes to the listener of the running test, by its path."""
    heard: dict[str, Listener] = {}

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            body = self.rfile.read(size)
            # A sender that was killed on the way has sent half of it, which is nothing.
            listener = heard.get(self.path) if len(body) == size else None
            if listener is not None:
                listener.got.append((body, self.headers["Stripe-Signature"]))
            self.send_response(listener.answers.pop(0) if listener and listener.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    heard[""] = Listener(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield heard
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def listener(ear: dict[str, Listener]) -> Iterator[Listener]:
    path = f"/{len(ear)}-{time.monotonic_ns()}"
    ear[path] = Listener(ear[""].url + path)
    yield ear[path]
    del ear[path]


class Clock:
    """The wall clock, moved by `ahead_s`."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


@dataclass
class Sandbox:
    """A sandbox served in a thread."""

    url: str
    clock: Clock
    web: httpx.Client

    def client(self, **options: Any) -> StripeClient:
        """Give the unmodified SDK, as the product uses it."""
        addresses = dict.fromkeys(("api", "connect", "files", "meter_events"), self.url)
        return StripeClient("sk_test_sim", base_addresses=addresses, max_network_retries=2, **options)

    def control(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self.web.post(f"{self.url}/_sandbox/{path}", json=body or {})
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass
class Server:
    """One web server for all sandboxes: it serves the one of the running test."""

    url: str = ""
    app: Starlette | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def served() -> Iterator[Server]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    current = Server(f"http://127.0.0.1:{listening.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(current, log_level="error", access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    eventually(lambda: server.started)
    yield current
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture
def sandbox(tmp_path: Path, listener: Listener, served: Server) -> Iterator[Sandbox]:
    stripe.enable_telemetry = False
    clock = Clock()
    app = create_app(
        tmp_path / "state" / "stripe.db",
        base_url=served.url,
        webhook_url=listener.url,
        webhook_secret=SECRET,
        connect_webhook_secret=CONNECT_SECRET,
        retry_schedule_s=(0.0,) * 5,
        check_answers=True,
        clock=clock,
    )
    # Nothing here is https, and reading the authorities' certificates takes longer than many a test.
    # The lifespan has no use for the loop it is entered in, so it need not be the server's.
    lifespan = app.router.lifespan_context(app)
    with asyncio.Runner() as loop, httpx.Client(follow_redirects=False, timeout=30, verify=False) as web:
        loop.run(lifespan.__aenter__())
        served.app = app
        yield Sandbox(served.url, clock, web)
        loop.run(lifespan.__aexit__(None, None, None))


@pytest.fixture
def client(sandbox: Sandbox) -> StripeClient:
    return sandbox.client()


def make_seller(sandbox: Sandbox, *, approved: bool = True) -> str:
    """Give a connected account made through API v2, onboarded unless told otherwise."""
    account = sandbox.client().v2.core.accounts.create(
        {
            "contact_email": "seller@example.com",
            "display_name": "Poll House",
            "dashboard": "express",
            "identity": {"country": "us", "entity_type": "individual"},
            "configuration": {
                "recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}
            },
            "defaults": {
                "currency": "usd",
                "responsibilities": {"fees_collector": "application", "losses_collector": "application"},
            },
        }
    )
    if approved:
        sandbox.control(f"accounts/{account.id}/approve")
    return account.id


def refused(act: Callable[[], Any], code: str | None = None) -> None:
    """Expect a request to be refused as it stands, with this code if one is given."""
    with pytest.raises(stripe.InvalidRequestError) as wrong:
        act()
    assert code is None or wrong.value.code == code


def make_customer(client: StripeClient, *, card: str | None = None, **more: Any) -> str:
    """Give a customer, with a card to pay with if one is named."""
    customer = client.v1.customers.create({"email": "ada@example.com", **more}).id
    if card:
        method = client.v1.payment_methods.attach(card, {"customer": customer}).id
        client.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})
    return customer


def make_price(client: StripeClient, *, amount: int = 10_000, currency: str = "usd") -> str:
    """Give a price of a new product."""
    product = client.v1.products.create({"name": "Polls 2023", "metadata": {"listing": "polls"}})
    return client.v1.prices.create({"product": product.id, "unit_amount": amount, "currency": currency}).id


def make_link(client: StripeClient, seller: str | None = None, **more: Any) -> stripe.PaymentLink:
    """Give a payment link over 100.00 with a fee of 15.00, unless told otherwise."""
    params: dict[str, Any] = {
        "line_items": [{"price": make_price(client), "quantity": 1}],
        "metadata": {"order_id": "o1"},
        "payment_intent_data": {"metadata": {"order_id": "o1"}},
        "after_completion": {
            "type": "redirect",
            "redirect": {"url": "http://127.0.0.1:1/back?s={CHECKOUT_SESSION_ID}"},
        },
        "restrictions": {"completed_sessions": {"limit": 1}},
    }
    if seller:
        params.update(application_fee_amount=1500, transfer_data={"destination": seller})
    return client.v1.payment_links.create({**params, **more})


def follow_link(sandbox: Sandbox, url: str) -> str:
    """Open a payment link; gives the address of the pay page."""
    opened = sandbox.web.get(url)
    assert opened.status_code == 303, opened.text
    return sandbox.url + opened.headers["location"]


def pay(sandbox: Sandbox, page: str, card: str = "4242 4242 4242 4242", **fields: str) -> httpx.Response:
    """Fill in and send the card form."""
    form = {
        "email": "buyer@example.com",
        "card_number": card,
        "card_expiry": "12 / 40",
        "card_cvc": "123",
        "billing_name": "Ada Buyer",
    }
    return sandbox.web.post(page, data={**form, **fields})
