"""Usage: meters count events, invoices bill what was counted, grants pay for it, alerts tell of it."""

import time

import pytest
import stripe

from tests.stripe_sandbox.conftest import eventually, make_customer, refused

DAY_S = 86_400


def make_meter(client, **more):
    params = {"display_name": "Queries", "event_name": "query", "default_aggregation": {"formula": "sum"}, **more}
    return client.v1.billing.meters.create(params)


def use(client, customer, value, **more):
    payload = {"stripe_customer_id": customer, "value": str(value)}
    return client.v1.billing.meter_events.create({"event_name": "query", "payload": payload, **more})


def test_meters_count_what_they_are_told_once(client):
    meter, customer = make_meter(client), make_customer(client)
    use(client, customer, 3, identifier="one")
    refused(lambda: use(client, customer, 3, identifier="one"))
    use(client, customer, 4, timestamp=int(time.time()) - DAY_S)
    minute = int(time.time()) // 60 * 60
    span = {"customer": customer, "start_time": minute - 2 * DAY_S, "end_time": minute + 60}
    (whole,) = client.v1.billing.meters.event_summaries.list(meter.id, span).data
    assert (whole.aggregated_value, whole.meter) == (7, meter.id)
    days = minute // DAY_S * DAY_S
    each = client.v1.billing.meters.event_summaries.list(
        meter.id,
        {
            "customer": customer,
            "start_time": days - 2 * DAY_S,
            "end_time": days + DAY_S,
            "value_grouping_window": "day",
        },
    )
    assert sorted(one.aggregated_value for one in each.data) == [3, 4]
    client.v1.billing.meter_event_adjustments.create(
        {"event_name": "query", "type": "cancel", "cancel": {"identifier": "one"}}
    )
    (whole,) = client.v1.billing.meters.event_summaries.list(meter.id, span).data
    assert whole.aggregated_value == 4
    refused(lambda: client.v1.billing.meters.event_summaries.list(meter.id, {**span, "start_time": 7}))
    refused(lambda: use(client, customer, "many"))
    refused(lambda: use(client, "cus_x", 1))
    refused(lambda: use(client, customer, 1, timestamp=1))
    refused(lambda: make_meter(client), "resource_already_exists")


def test_meters_of_the_two_versions_and_their_states(client, listener):
    meter, customer = make_meter(client, default_aggregation={"formula": "last"}), make_customer(client)
    payload = {"stripe_customer_id": customer, "value": "8"}
    event = client.v2.billing.meter_events.create({"event_name": "query", "payload": payload, "identifier": "v2"})
    assert event.identifier == "v2"
    client.v2.billing.meter_event_adjustments.create(
        {"event_name": "query", "type": "cancel", "cancel": {"identifier": "v2"}}
    )
    session = client.v2.billing.meter_event_session.create()
    assert session.authentication_token
    client.v2.billing.meter_event_stream.create({"events": [{"event_name": "query", "payload": payload}] * 2})
    minute = int(time.time()) // 60 * 60
    span = {"customer": customer, "start_time": minute - 3600, "end_time": minute + 60}
    assert client.v1.billing.meters.event_summaries.list(meter.id, span).data[0].aggregated_value == 8
    assert client.v1.billing.meters.update(meter.id, {"display_name": "Q"}).display_name == "Q"
    assert client.v1.billing.meters.deactivate(meter.id).status_transitions.deactivated_at
    refused(lambda: client.v1.billing.meters.deactivate(meter.id))
    refused(lambda: use(client, customer, 1))
    assert [each.id for each in client.v1.billing.meters.list({"status": "inactive"}).data] == [meter.id]
    assert client.v1.billing.meters.reactivate(meter.id).status == "active"
    eventually(lambda: {"billing.meter.deactivated", "billing.meter.reactivated"} <= set(listener.types()))


def test_what_was_used_is_billed_at_the_end_of_the_period_and_paid_by_grants(sandbox, client):
    meter, customer = make_meter(client), make_customer(client, card="pm_card_visa")
    product = client.v1.products.create({"name": "Queries"}).id
    price = client.v1.prices.create(
        {"product": product, "currency": "usd", "unit_amount": 5,
         "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id}},
    ).id  # fmt: skip
    refused(
        lambda: client.v1.prices.create(
            {"product": product, "currency": "usd", "unit_amount": 5,
             "recurring": {"interval": "month", "usage_type": "metered"}}
        )
    )  # fmt: skip
    grant = client.v1.billing.credit_grants.create(
        {"customer": customer, "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": 200}},
         "applicability_config": {"scope": {"price_type": "metered"}}, "category": "promotional"}
    )  # fmt: skip
    sub = client.v1.subscriptions.create({"customer": customer, "items": [{"price": price}]})
    assert (sub.status, client.v1.invoices.retrieve(sub.latest_invoice).total) == ("active", 0)
    use(client, customer, 100)
    assert client.v1.invoices.create_preview({"customer": customer}).subtotal == 500
    sandbox.control("clock/advance", {"seconds": 32 * DAY_S})

    invoice = client.v1.invoices.retrieve(client.v1.subscriptions.retrieve(sub.id).latest_invoice)
    assert (invoice.subtotal, invoice.total, invoice.amount_paid, invoice.lines.data[0].quantity) == (
        500,
        300,
        300,
        100,
    )
    (credit,) = invoice.total_pretax_credit_amounts
    moves = client.v1.billing.credit_balance_transactions.list({"customer": customer}).data
    assert next((each.type, each.id) for each in moves) == ("debit", credit.credit_balance_transaction)
    assert client.v1.billing.credit_balance_transactions.retrieve(moves[1].id).credit.type == "credits_granted"
    summary = client.v1.billing.credit_balance_summary.retrieve(
        {
            "customer": customer,
            "filter": {"type": "applicability_scope", "applicability_scope": {"price_type": "metered"}},
        }
    )
    assert summary.balances == []
    refused(lambda: client.v1.billing.credit_grants.void_grant(grant.id))


def test_grants_end_by_time_by_hand_or_were_never(sandbox, client, listener):
    customer = make_customer(client)
    now = int(time.time())

    def give(value, **more):
        return client.v1.billing.credit_grants.create(
            {"customer": customer, "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": value}},
             "applicability_config": {"scope": {"price_type": "metered"}}, **more}
        )  # fmt: skip

    def balance(**chosen):
        found = client.v1.billing.credit_balance_summary.retrieve({"customer": customer, "filter": chosen})
        return [(each.available_balance.monetary.value, each.ledger_balance.monetary.value) for each in found.balances]

    first, second, third = give(100), give(200, expires_at=now + DAY_S), give(400, effective_at=now + 9 * DAY_S)
    everything = {"type": "applicability_scope", "applicability_scope": {"price_type": "metered"}}
    assert balance(**everything) == [(300, 700)]
    assert balance(type="credit_grant", credit_grant=second.id) == [(200, 200)]
    assert client.v1.billing.credit_grants.void_grant(first.id).voided_at
    refused(lambda: client.v1.billing.credit_grants.expire(first.id))
    sandbox.control("clock/advance", {"seconds": 2 * DAY_S})
    assert balance(**everything) == [(0, 400)]
    assert client.v1.billing.credit_grants.update(third.id, {"expires_at": now + 99 * DAY_S}).expires_at
    assert client.v1.billing.credit_grants.expire(third.id).expires_at <= now + 2 * DAY_S + 60
    assert balance(**everything) == []
    assert len(client.v1.billing.credit_grants.list({"customer": customer}).data) == 3
    refused(lambda: give(0))
    refused(lambda: give(5, expires_at=1))
    kinds = {"billing.credit_grant.created", "billing.credit_grant.updated",
             "billing.credit_balance_transaction.created"}  # fmt: skip
    eventually(lambda: kinds <= set(listener.types()))


def test_an_alert_is_told_once_for_a_customer(client, listener):
    meter, customer, other = make_meter(client), make_customer(client), make_customer(client)
    alert = client.v1.billing.alerts.create(
        {"title": "Much", "alert_type": "usage_threshold",
         "usage_threshold": {"gte": 10, "meter": meter.id, "recurrence": "one_time",
                             "filters": [{"type": "customer", "customer": customer}]}}
    )  # fmt: skip
    for who, value in ((customer, 9), (other, 50), (customer, 1), (customer, 5)):
        use(client, who, value)
    eventually(lambda: "billing.alert.triggered" in listener.types())
    (told,) = client.v1.events.list({"type": "billing.alert.triggered"}).data
    assert (told.data.object.customer, told.data.object.value) == (customer, 10)
    assert client.v1.billing.alerts.deactivate(alert.id).status == "inactive"
    assert client.v1.billing.alerts.activate(alert.id).status == "active"
    assert client.v1.billing.alerts.archive(alert.id).status == "archived"
    refused(lambda: client.v1.billing.alerts.activate(alert.id))
    assert client.v1.billing.alerts.retrieve(alert.id).title == "Much"
    assert [each.id for each in client.v1.billing.alerts.list({"meter": meter.id}).data] == [alert.id]


def test_features_follow_subscriptions(client, listener):
    customer = make_customer(client, card="pm_card_visa")
    feature = client.v1.entitlements.features.create({"lookup_key": "fast", "name": "Fast"})
    product = client.v1.products.create({"name": "a"}).id
    client.v1.products.features.create(product, {"entitlement_feature": feature.id})
    price = client.v1.prices.create(
        {"product": product, "currency": "usd", "unit_amount": 500, "recurring": {"interval": "month"}}
    ).id
    sub = client.v1.subscriptions.create({"customer": customer, "items": [{"price": price}]})
    (active,) = client.v1.entitlements.active_entitlements.list({"customer": customer}).data
    assert (active.lookup_key, active.feature) == ("fast", feature.id)
    assert client.v1.entitlements.active_entitlements.retrieve(active.id).id == active.id
    client.v1.subscriptions.cancel(sub.id)
    assert client.v1.entitlements.active_entitlements.list({"customer": customer}).data == []
    summary = "entitlements.active_entitlement_summary.updated"
    eventually(lambda: listener.types().count(summary) == 2)
    session = client.v1.customer_sessions.create(
        {"customer": customer, "components": {"payment_element": {
            "enabled": True, "features": {"payment_method_remove": "enabled"}}}}
    )  # fmt: skip
    assert session.components.payment_element.features.payment_method_remove == "enabled"
    assert not session.components.buy_button.enabled
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customer_sessions.create({"customer": customer, "components": {"buy_button": {"enabled": False}}})
