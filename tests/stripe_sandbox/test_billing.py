"""Subscriptions: begun on the pay page, renewed by the clock, dunned, recovered, ended."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import make_seller, pay

MONTH_S = 32 * 86_400
FAILS_LATER = "4000000000000341"


def subscribed(sandbox, client, *, card="4242424242424242", trial_days=None, interval="month"):
    price = {
        "currency": "usd", "unit_amount": 2_000, "recurring": {"interval": interval}, "product_data": {"name": "Polls"},
    }  # fmt: skip
    data = {
        "application_fee_percent": 20, "transfer_data": {"destination": make_seller(sandbox)}, "metadata": {"a": "b"},
    }  # fmt: skip
    if trial_days:
        data["trial_period_days"] = trial_days
    session = client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price_data": price, "quantity": 1}],
            "subscription_data": data,
            "success_url": "http://127.0.0.1:1/back",
        }
    )
    answer = pay(sandbox, session.url, card)
    return client.v1.checkout.sessions.retrieve(session.id), answer


def advance(sandbox, seconds):
    return sandbox.control("clock/advance", {"seconds": seconds})


def test_a_subscription_is_begun_and_paid_with_its_fee(sandbox, client, listener):
    session, answer = subscribed(sandbox, client)
    assert answer.status_code == 303
    sub = client.v1.subscriptions.retrieve(session.subscription)
    assert (session.status, session.payment_status, sub.status, sub.metadata["a"]) == (
        "complete", "paid", "active", "b",
    )  # fmt: skip
    (invoice,) = client.v1.invoices.list({"subscription": sub.id}).data
    (paid,) = client.v1.invoice_payments.list({"invoice": invoice.id}).data
    intent = client.v1.payment_intents.retrieve(paid.payment.payment_intent)
    assert (invoice.status, invoice.amount_paid, intent.amount_received) == ("paid", 2_000, 2_000)
    assert [each.net for each in client.v1.balance_transactions.list().data] == [400, -2_000, 1_912]


def test_it_renews_by_the_clock_and_ends_when_told(sandbox, client):
    session, _ = subscribed(sandbox, client)
    first = client.v1.subscriptions.retrieve(session.subscription)["items"].data[0].current_period_end
    assert advance(sandbox, MONTH_S)["done"] == 1
    sub = client.v1.subscriptions.retrieve(session.subscription)
    assert sub["items"].data[0].current_period_start == first
    assert len(client.v1.invoices.list({"subscription": sub.id}).data) == 2

    client.v1.subscriptions.update(sub.id, {"cancel_at_period_end": True})
    advance(sandbox, MONTH_S)
    assert client.v1.subscriptions.retrieve(sub.id).status == "canceled"
    assert client.v1.subscriptions.list().data == []
    assert len(client.v1.invoices.list({"subscription": sub.id}).data) == 2
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.subscriptions.update(sub.id, {"cancel_at_period_end": False})


def test_a_card_that_fails_is_tried_again_and_then_given_up(sandbox, client):
    session, _ = subscribed(sandbox, client, card=FAILS_LATER)
    advance(sandbox, MONTH_S)
    sub = client.v1.subscriptions.retrieve(session.subscription)
    (invoice, _) = client.v1.invoices.list({"subscription": sub.id}).data
    assert (sub.status, invoice.status, invoice.attempt_count) == ("past_due", "open", 1)
    with pytest.raises(stripe.CardError, match="declined"):
        client.v1.invoices.pay(invoice.id)
    tried = client.v1.invoices.retrieve(invoice.id)
    assert (tried.attempt_count, tried.next_payment_attempt) == (1, invoice.next_payment_attempt)
    advance(sandbox, 20 * 86_400)
    assert client.v1.subscriptions.retrieve(sub.id).status == "canceled"


def test_another_card_recovers_it(sandbox, client):
    session, _ = subscribed(sandbox, client, card=FAILS_LATER)
    advance(sandbox, MONTH_S)
    portal = client.v1.billing_portal.sessions.create(
        {"customer": session.customer, "return_url": "http://127.0.0.1:1/back"}
    )
    assert "past due" in sandbox.web.get(portal.url).text
    form = {"card_number": "4242424242424242", "card_expiry": "12 / 40", "card_cvc": "123"}
    assert sandbox.web.post(portal.url, data={**form, "card_number": "4111"}).status_code == 400
    assert sandbox.web.post(portal.url, data=form).status_code == 303
    assert client.v1.subscriptions.retrieve(session.subscription).status == "active"


def test_a_trial_takes_no_money_until_it_ends(sandbox, client):
    session, _ = subscribed(sandbox, client, trial_days=7)
    sub = client.v1.subscriptions.retrieve(session.subscription)
    assert (sub.status, session.payment_status) == ("trialing", "no_payment_required")
    assert client.v1.charges.list().data == []
    advance(sandbox, 8 * 86_400)
    assert client.v1.subscriptions.retrieve(sub.id).status == "active"
    assert [each.amount for each in client.v1.charges.list().data] == [2_000]


def test_a_declined_card_begins_nothing(sandbox, client):
    session, answer = subscribed(sandbox, client, card="4000000000000002")
    assert (answer.status_code, session.status, session.subscription) == (402, "open", None)
    assert client.v1.customers.list().data == []


def test_a_months_end_is_kept(sandbox, client):
    from datetime import UTC, datetime

    from stripe_sandbox.billing.cycle import after

    january = int(datetime(2027, 1, 31, 12, tzinfo=UTC).timestamp())
    month = {"interval": "month", "interval_count": 1}
    assert datetime.fromtimestamp(after(january, month), UTC) == datetime(2027, 2, 28, 12, tzinfo=UTC)
    assert datetime.fromtimestamp(after(january, {"interval": "year", "interval_count": 1}), UTC).year == 2028


@pytest.mark.parametrize("wrong", [
    {"mode": "payment"},
    {"subscription_data": {"transfer_data": {"destination": "acct_none"}}},
    {"payment_intent_data": {"metadata": {"a": "b"}}},
])  # fmt: skip
def test_sessions_of_two_kinds_are_refused(client, wrong):
    price = {"currency": "usd", "unit_amount": 2_000, "recurring": {"interval": "month"}, "product_data": {"name": "x"}}
    params = {
        "mode": "subscription",
        "success_url": "http://127.0.0.1:1/",
        "line_items": [{"price_data": price, "quantity": 1}],
    }
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create({**params, **wrong})
