"""Event destinations of API v2: what they are told, and in which form."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import SECRET, eventually, follow_link, make_link, make_seller, pay

INCLUDE = ["webhook_endpoint.signing_secret", "webhook_endpoint.url"]


def destination(client, listener, events, *, payload="thin", **more):
    return client.v2.core.event_destinations.create(
        {
            "name": "Mine", "type": "webhook_endpoint", "event_payload": payload, "enabled_events": events,
            "webhook_endpoint": {"url": listener.url}, "include": INCLUDE, **more,
        }
    )  # fmt: skip


def got(listener, client, secret):
    """Give what arrived signed with this secret."""
    found = []
    for body, signature in list(listener.got):
        try:
            stripe.WebhookSignature.verify_header(body.decode(), signature, secret)
        except stripe.SignatureVerificationError:
            continue
        found.append((body, signature))
    return found


def test_a_destination_lives_its_life_and_keeps_its_secret(client, listener):
    made = destination(client, listener, ["v1.charge.succeeded"], metadata={"a": "b", "c": "d"}, description="d")
    assert made.webhook_endpoint.signing_secret.startswith("whsec_")
    assert (made.webhook_endpoint.url, made.status, made.events_from) == (listener.url, "enabled", ["@self"])
    quiet = destination(client, listener, ["*"], include=[])
    assert quiet.webhook_endpoint is None

    every = client.v2.core.event_destinations
    assert every.retrieve(made.id).webhook_endpoint is None
    shown = every.retrieve(made.id, {"include": ["webhook_endpoint.url"]}).webhook_endpoint
    assert (shown.url, shown.signing_secret) == (listener.url, None)
    with pytest.raises(stripe.InvalidRequestError):
        every.retrieve(made.id, {"include": ["webhook_endpoint.signing_secret"]})
    changed = every.update(
        made.id, {"name": "Other", "enabled_events": ["v1.charge.*"], "metadata": {"a": None, "e": "f"}}
    )
    assert (changed.name, changed.enabled_events, changed.metadata.to_dict()) == (
        "Other", ["v1.charge.*"], {"c": "d", "e": "f"},
    )  # fmt: skip
    stopped = every.disable(made.id)
    assert (stopped.status, stopped.status_details.disabled.reason) == ("disabled", "user")
    assert every.enable(made.id).status == "enabled"
    deleted = every.delete(made.id)
    assert (deleted.id, deleted.object) == (made.id, "v2.core.event_destination")
    with pytest.raises(stripe.InvalidRequestError, match="No such event destination"):
        every.retrieve(made.id)


def test_destinations_are_listed_page_by_page_as_asked(client, listener):
    made = [destination(client, listener, ["*"]).id for _ in range(3)]
    asked = {"limit": 2, "include": ["webhook_endpoint.url"]}
    every = list(client.v2.core.event_destinations.list(asked).auto_paging_iter())
    assert [each.id for each in every] == made[::-1]
    assert {each.webhook_endpoint.url for each in every} == {listener.url}


def test_later_pages_keep_the_filter(client, sandbox):
    for _ in range(3):
        make_seller(sandbox)
    asked = {"types": ["v2.core.account.created"], "limit": 2}
    assert {each.type for each in client.v2.core.events.list(asked).auto_paging_iter()} == {"v2.core.account.created"}
    client.v2.core.accounts.create({"display_name": "no recipient"})
    recipients = client.v2.core.accounts.list({"applied_configurations": ["recipient"], "limit": 1})
    assert len(list(recipients.auto_paging_iter())) == 3


def test_a_thin_destination_hears_of_v1_objects_and_fetches_them(sandbox, client, listener):
    made = destination(client, listener, ["v1.charge.*"])
    pay(sandbox, follow_link(sandbox, make_link(client, make_seller(sandbox)).url))
    secret = made.webhook_endpoint.signing_secret
    (body, signature), = eventually(lambda: got(listener, client, secret))  # fmt: skip

    notice = client.parse_event_notification(body, signature, secret)
    charge = client.v1.charges.list().data[0]
    assert (notice.type, notice.related_object.id, notice.context) == ("v1.charge.succeeded", charge.id, None)
    assert notice.fetch_related_object().amount == charge.amount
    event = notice.fetch_event()
    snapshot = client.v1.events.list({"type": "charge.succeeded"}).data[0]
    assert (event.snapshot_event, event.reason) == (snapshot.id, None)
    assert b'"data"' not in body


def test_what_happens_on_accounts_comes_with_their_context(sandbox, client, listener):
    own = destination(client, listener, ["*"])
    theirs = destination(client, listener, ["v1.payout.created", "v2.core.account.created"], events_from=["@accounts"])
    seller = make_seller(sandbox)
    pay(sandbox, follow_link(sandbox, make_link(client, seller).url), "4000000000000077")
    client.v1.payouts.create({"amount": 500, "currency": "usd"}, {"stripe_account": seller})

    secret = theirs.webhook_endpoint.signing_secret
    arrived = eventually(lambda: len(got(listener, client, secret)) == 2 and got(listener, client, secret))
    notices = {
        each.type: each for each in (client.parse_event_notification(*parcel, secret) for parcel in arrived)
    }  # fmt: skip
    assert notices["v2.core.account.created"].related_object.id == seller
    payout = notices["v1.payout.created"]
    assert str(payout.context) == seller
    assert payout.fetch_related_object().amount == 500
    own_secret = own.webhook_endpoint.signing_secret
    heard = {client.parse_event_notification(*each, own_secret).type for each in got(listener, client, own_secret)}
    assert "v1.checkout.session.completed" in heard
    assert "v1.payout.created" not in heard


def test_a_snapshot_destination_gets_whole_events(client, listener):
    made = destination(client, listener, ["product.created"], payload="snapshot")
    assert made.snapshot_api_version == stripe.api_version
    product = client.v1.products.create({"name": "a"})
    secret = made.webhook_endpoint.signing_secret
    (parcel,) = eventually(lambda: got(listener, client, secret))
    assert client.construct_event(*parcel, secret).data.object.id == product.id
    assert len(client.v2.core.events.list().data) == 0


def test_a_ping_reaches_only_the_destination_it_is_for(client, listener):
    made = destination(client, listener, ["v1.charge.succeeded"])
    destination(client, listener, ["*"])
    sent = client.v2.core.event_destinations.ping(made.id)
    assert (sent.type, sent.related_object.id) == ("v2.core.event_destination.ping", made.id)
    (body, signature), = eventually(lambda: list(listener.got))  # fmt: skip
    secret = made.webhook_endpoint.signing_secret
    assert client.parse_event_notification(body, signature, secret).fetch_related_object().id == made.id
    with pytest.raises(stripe.SignatureVerificationError):
        client.parse_event_notification(body, signature, SECRET)


def test_a_disabled_or_deleted_destination_hears_nothing(client, sandbox, listener):
    made = destination(client, listener, ["v1.product.created"])
    client.v2.core.event_destinations.disable(made.id)
    with pytest.raises(stripe.InvalidRequestError, match="disabled"):
        client.v2.core.event_destinations.ping(made.id)
    client.v1.products.create({"name": "a"})
    client.v2.core.event_destinations.enable(made.id)
    sandbox.control("deliveries", {"mode": "off"})
    client.v1.products.create({"name": "b"})
    client.v2.core.event_destinations.delete(made.id)
    sandbox.control("deliveries", {"mode": "on"})
    eventually(lambda: len(client.v1.events.list({"delivery_success": True}).data) == 2)
    assert got(listener, client, made.webhook_endpoint.signing_secret) == []


@pytest.mark.parametrize(("wrong", "error"), [
    ({"enabled_events": []}, stripe.InvalidRequestError),
    ({"enabled_events": ["charge.succeeded"]}, stripe.InvalidRequestError),
    ({"event_payload": "snapshot"}, stripe.InvalidRequestError),
    ({"event_payload": "thick"}, stripe.InvalidRequestError),
    ({"snapshot_api_version": stripe.api_version}, stripe.InvalidRequestError),
    ({"webhook_endpoint": {"url": "nowhere"}}, stripe.InvalidRequestError),
    ({"events_from": ["@organization_members"]}, stripe.APIError),
    ({"type": "amazon_eventbridge"}, stripe.APIError),
])  # fmt: skip
def test_destinations_that_cannot_be_are_refused(client, listener, wrong, error):
    with pytest.raises(error):
        destination(client, listener, **{"events": ["v1.charge.succeeded"], **wrong})
