"""Events from outside: believed only when signed, stored once, worked on by a job."""

import json
import time
from datetime import timedelta

import pytest
from sqlalchemy import select
from stripe import WebhookSignature

from polidat.core import Unavailable
from polidat.payments import (
    PROCESS_EVENT,
    BadSignature,
    StripeRefused,
    failed_events,
    open_gateway,
    process_event,
    receive_event,
    sweep,
)
from polidat.payments.models import InboxEvent
from tests.payments.world import SECRETS, World, now
from tests.stripe_sandbox.conftest import CONNECT_SECRET, SECRET

SNAPSHOT = {
    "id": "evt_1",
    "object": "event",
    "type": "charge.succeeded",
    "created": 1_790_000_000,
    "api_version": "2026-10-28.endive",
    "livemode": False,
    "data": {
        "object": {
            "id": "ch_1",
            "object": "charge",
            "payment_intent": "pi_1",
            "amount": 10_000,
            "billing_details": {"name": "Ada Buyer", "email": "ada@example.org"},
        }
    },
}
THIN = {
    "id": "evt_thin_1",
    "object": "v2.core.event",
    "type": "v2.core.account[requirements].updated",
    "created": "2026-11-20T12:00:00.000Z",
    "livemode": False,
    "related_object": {"id": "acct_1", "type": "v2.core.account", "url": "/v2/core/accounts/acct_1"},
}


def signed(payload: dict, secret: str = SECRET, *, age_s: int = 0) -> tuple[bytes, str]:
    body = json.dumps(payload)
    return body.encode(), WebhookSignature.generate_signature_header(body, secret, int(time.time()) - age_s)


@pytest.fixture
def gateway():
    """Verifying a signature needs no Stripe."""
    return open_gateway("sk_test_sim", base_url="http://127.0.0.1:9")


def receive(session, gateway, body, signature, secrets=SECRETS):
    return receive_event(session, gateway, body, signature, secrets=secrets, now=now())


def stored(session):
    return session.scalars(select(InboxEvent)).all()


def test_a_signed_event_is_stored_and_its_job_deferred(session, gateway):
    assert receive(session, gateway, *signed(SNAPSHOT))

    (event,) = stored(session)
    assert (event.id, event.type, event.object_id, event.intent_id) == ("evt_1", "charge.succeeded", "ch_1", "pi_1")
    assert (event.endpoint, event.state) == ("platform", "received")
    assert session.info["deferred"] == [(PROCESS_EVENT, {"event_id": "evt_1"})]


def test_no_name_and_no_address_of_a_buyer_is_kept(session, gateway):
    receive(session, gateway, *signed(SNAPSHOT))

    assert "ada" not in json.dumps(stored(session)[0].payload).lower()


def test_a_thin_event_is_taken_too(session, gateway):
    assert receive(session, gateway, *signed(THIN))

    (event,) = stored(session)
    assert (event.object_type, event.object_id, event.state) == ("v2.core.account", "acct_1", "received")


def test_each_endpoint_has_its_own_secret(session, gateway):
    told = {**SNAPSHOT, "type": "account.updated", "account": "acct_1"}
    told["data"] = {"object": {"id": "acct_1", "object": "account"}}

    assert receive(session, gateway, *signed(told, CONNECT_SECRET))

    assert [(each.endpoint, each.account) for each in stored(session)] == [("connect", "acct_1")]


def test_the_same_event_again_is_nothing(session, gateway):
    assert [receive(session, gateway, *signed(SNAPSHOT)) for _ in range(3)] == [True, False, False]
    assert len(session.info["deferred"]) == 1


def test_the_twin_of_a_known_event_is_stored_and_ignored(session, gateway):
    twin = {**THIN, "type": "v1.payment_intent.succeeded", "snapshot_event": "evt_1"}
    twin["related_object"] = {"id": "pi_1", "type": "payment_intent", "url": "/v1/payment_intents/pi_1"}
    intent = {**SNAPSHOT, "type": "payment_intent.succeeded"}
    intent["data"] = {"object": {"id": "pi_1", "object": "payment_intent"}}

    assert receive(session, gateway, *signed(twin))
    assert not receive(session, gateway, *signed(intent))

    assert {each.id: each.state for each in stored(session)} == {"evt_thin_1": "received", "evt_1": "ignored"}


def test_a_type_of_no_meaning_is_stored_and_ignored(session, gateway):
    told = {**SNAPSHOT, "type": "product.created", "data": {"object": {"id": "prod_1", "object": "product"}}}

    assert not receive(session, gateway, *signed(told))

    assert [each.state for each in stored(session)] == ["ignored"]
    assert session.info["deferred"] == []


def test_a_wrong_signature_is_refused(session, gateway):
    with pytest.raises(BadSignature) as refused:
        receive(session, gateway, *signed(SNAPSHOT, "whsec_of_somebody_else"))

    assert refused.value.status == 400
    assert stored(session) == []


@pytest.mark.parametrize("signature", [None, "", "t=1", "nonsense", "v1=abc", "t=x,v1=y", "t=1,v1=é"])
def test_a_missing_or_broken_signature_is_refused(session, gateway, signature):
    with pytest.raises(BadSignature):
        receive(session, gateway, signed(SNAPSHOT)[0], signature)


def test_an_old_event_is_refused_and_a_fresh_one_taken(session, gateway):
    with pytest.raises(BadSignature):
        receive(session, gateway, *signed(SNAPSHOT, age_s=301))

    assert receive(session, gateway, *signed(SNAPSHOT, age_s=290))


@pytest.mark.parametrize("secrets", [("",), ("", ""), (), ("  ",)])
def test_without_a_secret_nothing_is_believed(session, gateway, secrets):
    body = json.dumps(SNAPSHOT)
    signature = WebhookSignature.generate_signature_header(body, "")

    with pytest.raises(BadSignature):
        receive(session, gateway, body.encode(), signature, secrets)


def test_a_body_that_was_written_again_is_refused(session, gateway):
    body, signature = signed(SNAPSHOT)

    with pytest.raises(BadSignature):
        receive(session, gateway, json.dumps(json.loads(body), separators=(",", ":")).encode(), signature)


def test_an_event_of_the_other_mode_is_refused(session, gateway):
    with pytest.raises(BadSignature):
        receive(session, gateway, *signed({**SNAPSHOT, "livemode": True}))


@pytest.mark.parametrize("body", ["[]", "null", "{}", "not json", '{"object": "event"}', '"x"', "12"])
def test_a_signed_body_that_is_no_event_is_refused(session, gateway, body):
    signature = WebhookSignature.generate_signature_header(body, SECRET)

    with pytest.raises(BadSignature):
        receive(session, gateway, body.encode(), signature)


def test_bytes_that_are_no_text_are_refused(session, gateway):
    with pytest.raises(BadSignature):
        receive(session, gateway, b"\xff\xfe", "t=1,v1=x")


def test_while_stripe_is_away_the_job_fails_to_be_tried_again(world: World):
    world.receive([signed({**SNAPSHOT, "id": "evt_away"})])
    nowhere = open_gateway("sk_test_sim", base_url="http://127.0.0.1:9")

    with pytest.raises(Unavailable):
        process_event(world.database, nowhere, "evt_away", now=now())

    ((state, attempts, problem),) = world.rows("select state, attempts, last_problem from stripe_event")
    assert (state, attempts) == ("failed", 1)
    assert problem.startswith("StripeAway")


def test_an_event_that_is_done_asks_stripe_nothing_again(world: World):
    world.bought(world.person("buyer"), world.listing(world.seller()))
    world.receive(world.deliveries("charge.succeeded"))
    world.work()
    ((event_id,),) = world.rows("select id from stripe_event where state = 'done'")

    process_event(world.database, open_gateway("sk_test_sim", base_url="http://127.0.0.1:9"), event_id, now=now())

    assert world.rows("select state, attempts from stripe_event") == [("done", 1)]


def test_an_event_about_nothing_stripe_knows_fails_and_stays_in_sight(world: World):
    world.receive([signed(SNAPSHOT)])

    with pytest.raises(StripeRefused):
        world.work()

    with world.database.reading() as session:
        (event,) = failed_events(session)
    assert event.last_problem.startswith("StripeRefused")


def test_the_sweeper_queues_what_got_stuck(world: World):
    world.receive([signed(SNAPSHOT)])
    world.queue.deferred.clear()

    soon = sweep(world.database, world.gateway, now=now())
    later = sweep(world.database, world.gateway, now=now() + timedelta(minutes=6))

    assert (soon.stuck, later.stuck) == (0, 1)
    assert (PROCESS_EVENT, {"event_id": "evt_1"}) in world.queue.deferred
