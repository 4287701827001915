"""Events and their way to the endpoints."""

import time

import pytest
import stripe

from stripe_sandbox.events.deliver import RETRY_SCHEDULE_S, sign
from tests.stripe_sandbox.conftest import SECRET, Listener, Sandbox, eventually, make_seller


def test_a_delivery_is_repeated_until_it_is_accepted(client: stripe.StripeClient, listener: Listener):
    listener.answers = [500, 302, 404]

    product = client.v1.products.create({"name": "a"})

    eventually(lambda: len(listener.got) == 4)
    event = client.v1.events.list({"type": "product.created"}).data[0]
    assert {body["id"] for body in listener.bodies()} == {event.id}
    assert event.data.object.id == product.id
    assert event.request.id == product.last_response.headers["request-id"]
    eventually(lambda: client.v1.events.retrieve(event.id).pending_webhooks == 0)
    assert len(client.v1.events.list({"delivery_success": True}).data) == 1


def test_a_delivery_nobody_accepts_is_given_up(sandbox: Sandbox, client: stripe.StripeClient, listener: Listener):
    listener.answers = [500] * 20

    client.v1.products.create({"name": "a"})

    eventually(lambda: sandbox.web.get(f"{sandbox.url}/_sandbox/deliveries").json()["deliveries"]["given_up"] == 1)
    assert len(listener.got) == 6
    assert len(client.v1.events.list({"delivery_success": False}).data) == 1


def test_the_usual_schedule_lasts_three_days():
    assert RETRY_SCHEDULE_S[:5] == (1, 2, 5, 15, 60)
    assert 3 * 86_400 <= sum(RETRY_SCHEDULE_S) <= 4 * 86_400


def test_deliveries_can_be_withheld_doubled_delayed_and_sent_again(
    sandbox: Sandbox, client: stripe.StripeClient, listener: Listener
):
    sandbox.control("deliveries", {"mode": "off"})
    client.v1.products.create({"name": "a"})
    time.sleep(0.2)
    assert listener.got == []
    sandbox.control("deliveries", {"mode": "on"})
    eventually(lambda: len(listener.got) == 1)

    assert sandbox.control("deliveries", {"mode": "duplicate"})["mode"] == "duplicate"
    client.v1.products.create({"name": "b"})
    eventually(lambda: len(listener.got) == 3)
    assert listener.bodies()[1]["id"] == listener.bodies()[2]["id"]

    sandbox.control("deliveries", {"mode": "delay", "delay_s": 0.5})
    client.v1.products.create({"name": "c"})
    before = time.monotonic()
    eventually(lambda: len(listener.got) == 4)
    assert time.monotonic() - before > 0.2

    event = listener.bodies()[0]["id"]
    assert sandbox.control(f"events/{event}/resend")["queued"] == 1
    eventually(lambda: len(listener.got) == 5)
    for wrong in ({"mode": "sideways"}, {"mode": "delay", "delay_s": -1}, {"mode": "delay", "delay_s": "x"}):
        assert sandbox.web.post(f"{sandbox.url}/_sandbox/deliveries", json=wrong).status_code == 400
    for wrong in (b"{", b"[]"):
        assert sandbox.web.post(f"{sandbox.url}/_sandbox/deliveries", content=wrong).status_code == 400
    assert sandbox.web.post(f"{sandbox.url}/_sandbox/events/evt_x/resend", json={}).status_code == 404


def test_endpoints_made_through_the_api_get_what_they_asked_for(client: stripe.StripeClient, listener: Listener):
    made = client.v1.webhook_endpoints.create({"url": listener.url, "enabled_events": ["product.created"]})
    assert made.secret.startswith("whsec_")
    assert not hasattr(client.v1.webhook_endpoints.retrieve(made.id), "secret")

    client.v1.products.create({"name": "a"})
    client.v1.prices.create({"currency": "usd", "unit_amount": 5, "product_data": {"name": "b"}})
    eventually(lambda: len(listener.got) == 5)

    verified = []
    for body, signature in listener.got:
        try:
            verified.append(client.construct_event(body, signature, made.secret).type)
        except stripe.SignatureVerificationError:
            client.construct_event(body, signature, SECRET)
    assert sorted(verified) == ["product.created", "product.created"]

    client.v1.webhook_endpoints.update(made.id, {"disabled": True, "metadata": {"a": "b"}})
    assert client.v1.webhook_endpoints.retrieve(made.id).status == "disabled"
    assert {each.id for each in client.v1.webhook_endpoints.list().data} >= {made.id, "we_start_platform"}
    assert client.v1.webhook_endpoints.delete(made.id).deleted
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.webhook_endpoints.retrieve(made.id)
    with pytest.raises(stripe.InvalidRequestError, match="URL"):
        client.v1.webhook_endpoints.create({"url": "nowhere", "enabled_events": ["*"]})


def test_events_are_found_by_type_and_time(sandbox: Sandbox, client: stripe.StripeClient):
    product = client.v1.products.create({"name": "a"})
    client.v1.prices.create({"currency": "usd", "unit_amount": 5, "product": product.id})
    sandbox.clock.ahead_s = 500
    client.v1.products.create({"name": "late"})

    assert [each.type for each in client.v1.events.list({"types": ["price.created", "product.created"]}).data] == [
        "product.created",
        "price.created",
        "product.created",
    ]
    assert len(client.v1.events.list({"type": "product.*"}).data) == 2
    assert len(client.v1.events.list({"type": "*"}).data) == 3
    assert len(client.v1.events.list({"created": {"gte": product.created + 400}}).data) == 1
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        client.v1.events.list({"type": "a", "types": ["b"]})
    with pytest.raises(stripe.InvalidRequestError, match="No such event"):
        client.v1.events.retrieve("evt_x")


def test_a_signature_is_checked_by_the_sdk(client: stripe.StripeClient):
    body, now = '{"id":"evt_1","object":"event"}', int(time.time())

    assert client.construct_event(body, sign(body, "whsec_a", now=now), "whsec_a").id == "evt_1"
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body, sign(body, "whsec_a", now=now - 400), "whsec_a")


def test_the_index_shows_what_happened(sandbox: Sandbox):
    account = make_seller(sandbox)

    page = sandbox.web.get(f"{sandbox.url}/")

    assert account in page.text
    assert "v2.core.account.created" in page.text
    assert sandbox.web.get(f"{sandbox.url}/_sandbox/health").json() == {"ok": True}
    assert sandbox.web.get(f"{sandbox.url}/_assets/style.css").status_code == 200


def test_deliveries_are_dropped_until_they_are_asked_for_again(sandbox: Sandbox, client, listener: Listener):
    sandbox.control("deliveries", {"mode": "drop"})
    client.v1.products.create({"name": "lost"})
    assert sandbox.control("deliveries", {"mode": "on"})["deliveries"]["given_up"] == 1
    client.v1.products.create({"name": "heard"})
    eventually(lambda: listener.got)
    assert [each["data"]["object"]["name"] for each in listener.bodies()] == ["heard"]
    (lost,) = [each for each in client.v1.events.list().data if each.data.object.name == "lost"]
    sandbox.control(f"events/{lost.id}/resend")
    eventually(lambda: len(listener.got) == 2)


def test_deliveries_overtake_each_other(sandbox: Sandbox, client, listener: Listener):
    sandbox.control("deliveries", {"mode": "reorder", "delay_s": 0.5})
    for place in range(8):
        client.v1.products.create({"name": str(place)})
    eventually(lambda: len(listener.got) == 8)
    names = [each["data"]["object"]["name"] for each in listener.bodies()]
    assert sorted(names) == [str(place) for place in range(8)]
    assert names != sorted(names)
