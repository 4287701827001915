"""Subscriptions that are planned, paused and resumed."""

import time

from tests.stripe_sandbox.conftest import eventually, make_customer, refused

DAY_S = 86_400


def plan(client, amount, interval="month"):
    product = client.v1.products.create({"name": f"Plan {amount}"}).id
    params = {"product": product, "currency": "usd", "unit_amount": amount, "recurring": {"interval": interval}}
    return client.v1.prices.create(params).id


def paid(client, customer):
    return [each.amount_paid for each in client.v1.invoices.list({"customer": customer}).data][::-1]


def test_a_plan_begins_changes_and_ends(sandbox, client, listener):
    customer, small, large = make_customer(client, card="pm_card_visa"), plan(client, 1_000), plan(client, 3_000)
    start = int(time.time()) + 5 * DAY_S
    schedule = client.v1.subscription_schedules.create(
        {"customer": customer, "start_date": start, "end_behavior": "cancel", "phases": [
            {"items": [{"price": small}], "duration": {"interval": "month", "interval_count": 2}},
            {"items": [{"price": large}], "metadata": {"step": "two"}},
        ]}
    )  # fmt: skip
    assert (schedule.status, schedule.subscription, schedule.phases[0].start_date) == ("not_started", None, start)
    assert [each.id for each in client.v1.subscription_schedules.list({"scheduled": True}).data] == [schedule.id]
    sandbox.control("clock/advance", {"seconds": 6 * DAY_S})
    running = client.v1.subscription_schedules.retrieve(schedule.id)
    assert (running.status, running.current_phase.start_date) == ("active", start)
    sub = client.v1.subscriptions.retrieve(running.subscription)
    assert (sub.status, sub.schedule, sub["items"].data[0].price.id) == ("active", schedule.id, small)
    sandbox.control("clock/advance", {"seconds": 63 * DAY_S})
    sub = client.v1.subscriptions.retrieve(sub.id)
    assert (sub["items"].data[0].price.id, sub.metadata["step"]) == (large, "two")
    sandbox.control("clock/advance", {"seconds": 40 * DAY_S})

    assert client.v1.subscriptions.retrieve(sub.id).status == "canceled"
    done = client.v1.subscription_schedules.retrieve(schedule.id)
    assert (done.status, done.completed_at > start) == ("completed", True)
    assert paid(client, customer) == [1_000, 1_000, 3_000]
    names = ("created", "updated", "expiring", "completed")
    eventually(lambda: {f"subscription_schedule.{each}" for each in names} <= set(listener.types()))


def test_what_runs_is_planned_on_released_and_canceled(client, listener):
    customer, small, large = make_customer(client, card="pm_card_visa"), plan(client, 1_000), plan(client, 3_000)
    sub = client.v1.subscriptions.create({"customer": customer, "items": [{"price": small}]})
    schedule = client.v1.subscription_schedules.create({"from_subscription": sub.id})
    refused(lambda: client.v1.subscription_schedules.create({"from_subscription": sub.id}))
    phase = schedule.phases[0]
    assert (schedule.status, phase["items"][0].price) == ("active", small)
    now = {"items": [{"price": large}], "start_date": phase.start_date, "end_date": phase.end_date,
           "proration_behavior": "none"}  # fmt: skip
    changed = client.v1.subscription_schedules.update(
        schedule.id, {"phases": [now, {"items": [{"price": small}]}], "metadata": {"a": "b"}}
    )
    assert (len(changed.phases), changed.metadata["a"]) == (2, "b")
    assert client.v1.subscriptions.retrieve(sub.id)["items"].data[0].price.id == large
    refused(lambda: client.v1.subscription_schedules.update(schedule.id, {"phases": [{**now, "start_date": 5}]}))
    free = client.v1.subscription_schedules.release(schedule.id)
    assert (free.status, free.released_subscription, free.subscription) == ("released", sub.id, None)
    refused(lambda: client.v1.subscription_schedules.cancel(schedule.id))
    again = client.v1.subscription_schedules.create({"from_subscription": sub.id})
    assert client.v1.subscription_schedules.cancel(again.id).status == "canceled"
    assert client.v1.subscriptions.retrieve(sub.id).status == "canceled"
    other = client.v1.subscriptions.create({"customer": customer, "items": [{"price": small}]})
    third = client.v1.subscription_schedules.create({"from_subscription": other.id})
    client.v1.subscriptions.cancel(other.id)
    assert client.v1.subscription_schedules.retrieve(third.id).status == "canceled"
    eventually(lambda: "subscription_schedule.aborted" in listener.types())
    bare = make_customer(client)
    refused(
        lambda: client.v1.subscription_schedules.create({"customer": bare, "phases": [{"items": [{"price": small}]}]})
    )
    refused(lambda: client.v1.subscription_schedules.create({"customer": customer, "phases": []}))


def test_a_subscription_pauses_and_goes_on(sandbox, client, listener):
    customer, monthly = make_customer(client, card="pm_card_visa"), plan(client, 3_000)
    sub = client.v1.subscriptions.create({"customer": customer, "items": [{"price": monthly}]})
    assert client.v1.subscriptions.pause(sub.id).status == "paused"
    refused(lambda: client.v1.subscriptions.pause(sub.id))
    sandbox.control("clock/advance", {"seconds": 45 * DAY_S})
    assert paid(client, customer) == [3_000]
    assert client.v1.subscriptions.resume(sub.id).status == "active"
    assert paid(client, customer) == [3_000, 3_000]
    refused(lambda: client.v1.subscriptions.resume(sub.id))
    client.v1.subscriptions.pause(sub.id, {"bill_for": {"unused_time_from": {"type": "item_current_period_start"}}})
    assert [each.amount for each in client.v1.invoice_items.list({"customer": customer}).data] == [-3_000]
    resumed = client.v1.subscriptions.resume(sub.id, {"billing_cycle_anchor": {"type": "unchanged"}})
    assert (resumed.status, len(paid(client, customer))) == ("active", 2)
    moved = client.v1.subscriptions.migrate(sub.id, {"billing_mode": {"type": "flexible"}})
    assert moved.billing_mode.type == "flexible"
    refused(lambda: client.v1.subscriptions.migrate(sub.id, {"billing_mode": {"type": "flexible"}}))
    eventually(lambda: {"customer.subscription.paused", "customer.subscription.resumed"} <= set(listener.types()))


def test_answers_for_who_cancels(client):
    option = client.v1.billing.feedback_options.create({"description": "Too dear"})
    assert client.v1.billing.feedback_options.update(option.id, {"description": "Dear"}).description == "Dear"
    assert client.v1.billing.feedback_options.deactivate(option.id).status_transitions.deactivated_at
    refused(lambda: client.v1.billing.feedback_options.deactivate(option.id))
    assert client.v1.billing.feedback_options.list({"status": "active"}).data == []
    assert client.v1.billing.feedback_options.retrieve(option.id).status == "inactive"
