"""Test clocks: one customer's year in a second, and nobody else's."""

import time

import pytest
import stripe

from tests.stripe_sandbox.conftest import eventually, make_seller, pay
from tests.stripe_sandbox.test_customers import customer_with, default_card, monthly

START = 1_900_000_000
DAY_S = 86_400


def on_clock(client, card="pm_card_visa", **more):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START, "name": "year"})
    customer = customer_with(client, card, test_clock=clock.id)
    method = client.v1.payment_methods.list({"customer": customer.id}).data[0].id
    sub = client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": monthly(client)}], "default_payment_method": method, **more}
    )
    return clock, customer, sub


def advance(client, clock, to):
    return client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": to})


def test_the_clock_runs_the_billing_of_its_customers_only(sandbox, client, listener):
    clock, customer, sub = on_clock(client)
    other = customer_with(client)
    default_card(client, other)
    real = client.v1.subscriptions.create({"customer": other.id, "items": [{"price": monthly(client)}]})
    assert (customer.created, sub.created, sub.test_clock) == (START, START, clock.id)
    assert abs(other.created - time.time()) < 60

    moving = advance(client, clock, START + 59 * DAY_S)
    assert (moving.status, moving.status_details.advancing.target_frozen_time) == ("advancing", START + 59 * DAY_S)
    ready = client.v1.test_helpers.test_clocks.retrieve(clock.id)
    assert (ready.status, ready.frozen_time) == ("ready", START + 59 * DAY_S)

    invoices = client.v1.invoices.list({"customer": customer.id}).data
    assert [each.billing_reason for each in invoices] == ["subscription_cycle", "subscription_create"]
    assert (invoices[0].test_clock, invoices[0].status, invoices[0].created) == (
        clock.id,
        "paid",
        sub.created + 31 * DAY_S,
    )
    assert len(client.v1.invoices.list({"customer": other.id}).data) == 1
    assert client.v1.subscriptions.retrieve(real.id)["items"].data[0].current_period_start == real.created
    eventually(lambda: "test_helpers.test_clock.ready" in listener.types())
    assert {"test_helpers.test_clock.created", "test_helpers.test_clock.advancing"} <= set(listener.types())

    sandbox.control("clock/advance", {"seconds": 40 * DAY_S})
    assert len(client.v1.invoices.list({"customer": customer.id}).data) == 2
    assert len(client.v1.invoices.list({"customer": other.id}).data) == 2


def test_dunning_runs_on_the_clock(client):
    clock, customer, sub = on_clock(client)
    bad = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id}).id
    client.v1.subscriptions.update(sub.id, {"default_payment_method": bad})
    advance(client, clock, START + 32 * DAY_S)
    assert client.v1.subscriptions.retrieve(sub.id).status == "past_due"
    advance(client, clock, START + 50 * DAY_S)
    ended = client.v1.subscriptions.retrieve(sub.id)
    assert ended.status == "canceled"
    assert START + 45 * DAY_S < ended.ended_at < START + 50 * DAY_S


def test_a_trial_of_a_clock_ends_by_it(client):
    clock, _, sub = on_clock(client, trial_period_days=14)
    assert (sub.status, sub.trial_end) == ("trialing", START + 14 * DAY_S)
    advance(client, clock, START + 15 * DAY_S)
    assert client.v1.subscriptions.retrieve(sub.id).status == "active"
    assert [each.created for each in client.v1.charges.list().data] == [START + 14 * DAY_S]


@pytest.mark.parametrize(("to", "fits"), [
    (START, False), (START - 1, False), (START + 58 * DAY_S, True), (START + 63 * DAY_S, False),
])  # fmt: skip
def test_a_clock_goes_ahead_by_two_periods_at_most(client, to, fits):
    clock, _, _ = on_clock(client)
    if fits:
        assert advance(client, clock, to).status == "advancing"
        return
    with pytest.raises(stripe.InvalidRequestError) as refused:
        advance(client, clock, to)
    assert refused.value.param == "frozen_time"
    assert client.v1.test_helpers.test_clocks.retrieve(clock.id).frozen_time == START


def test_an_empty_clock_goes_ahead_by_two_years(client):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    with pytest.raises(stripe.InvalidRequestError, match="two years"):
        advance(client, clock, START + 732 * DAY_S)
    assert advance(client, clock, START + 730 * DAY_S).object == "test_helpers.test_clock"


def test_lists_leave_out_what_lives_on_a_clock(client):
    clock, customer, sub = on_clock(client)
    assert client.v1.customers.list().data == []
    assert client.v1.subscriptions.list().data == []
    assert [each.id for each in client.v1.customers.list({"test_clock": clock.id}).data] == [customer.id]
    assert [each.id for each in client.v1.subscriptions.list({"test_clock": clock.id}).data] == [sub.id]
    assert [each.id for each in client.v1.test_helpers.test_clocks.list().data] == [clock.id]


def test_a_deleted_clock_takes_its_customers_with_it(client):
    clock, customer, sub = on_clock(client)
    assert client.v1.test_helpers.test_clocks.delete(clock.id).deleted
    assert client.v1.customers.retrieve(customer.id).deleted
    ended = client.v1.subscriptions.retrieve(sub.id)
    assert (ended.status, ended.ended_at) == ("canceled", START)
    for gone in (
        lambda: client.v1.test_helpers.test_clocks.retrieve(clock.id),
        lambda: advance(client, clock, START + 1),
        lambda: client.v1.customers.create({"test_clock": clock.id}),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="No such test clock"):
            gone()


def test_a_clock_takes_in_a_customer_without_subscriptions(client):
    customer = customer_with(client)
    clocks = client.v1.test_helpers.test_clocks
    clock = clocks.create({"frozen_time": START, "customer": customer.id})
    assert client.v1.customers.retrieve(customer.id).test_clock == clock.id
    with pytest.raises(stripe.InvalidRequestError, match="any more"):
        clocks.create({"frozen_time": START, "customer": customer.id})
    for _ in range(2):
        client.v1.customers.create({"test_clock": clock.id})
    with pytest.raises(stripe.InvalidRequestError, match="at most 3"):
        client.v1.customers.create({"test_clock": clock.id})


def test_a_session_of_a_customer_on_a_clock_sells_at_its_time(sandbox, client):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    customer = client.v1.customers.create({"email": "a@b.co", "test_clock": clock.id})
    session = client.v1.checkout.sessions.create(
        {
            "mode": "subscription", "success_url": "http://127.0.0.1:1/", "customer": customer.id,
            "line_items": [{"price": monthly(client), "quantity": 1}],
            "subscription_data": {"transfer_data": {"destination": make_seller(sandbox)}},
        }
    )  # fmt: skip
    assert pay(sandbox, session.url).status_code == 303
    sub = client.v1.subscriptions.retrieve(client.v1.checkout.sessions.retrieve(session.id).subscription)
    assert (sub.customer, sub.created, sub.test_clock) == (customer.id, START, clock.id)
