"""Subscriptions to several prices, and what a change in the middle of a period costs."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import eventually, pay

DAY_S = 86_400


@pytest.fixture
def prices(client):
    product = client.v1.products.create({"name": "Polls"}).id

    def price(amount, interval="month"):
        return client.v1.prices.create(
            {"currency": "usd", "unit_amount": amount, "product": product, "recurring": {"interval": interval}}
        ).id

    return {"small": price(1_000), "big": price(3_000), "yearly": price(9_000, "year")}


@pytest.fixture
def sub(client, prices):
    """A subscription of a customer whose clock stands at the first of June."""
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": 1_780_272_000})
    customer = client.v1.customers.create({"email": "a@b.co", "payment_method": "pm_card_visa", "test_clock": clock.id})
    (card,) = client.v1.customers.payment_methods.list(customer.id).data
    return client.v1.subscriptions.create(
        {"customer": customer.id, "default_payment_method": card.id,
         "items": [{"price": prices["small"], "quantity": 2}]}
    )  # fmt: skip


def half_way(client, sub):
    client.v1.test_helpers.test_clocks.advance(sub.test_clock, {"frozen_time": sub.start_date + 15 * DAY_S})


def bills(client, sub):
    return [each.total for each in client.v1.invoices.list({"subscription": sub.id}).data[::-1]]


def test_a_subscription_bills_all_its_items(sandbox, client, prices):
    items = [{"price": prices["small"], "quantity": 2}, {"price": prices["big"], "quantity": 1}]
    session = client.v1.checkout.sessions.create(
        {"mode": "subscription", "line_items": items, "success_url": "http://127.0.0.1:1/"}
    )
    pay(sandbox, session.url)
    (sub,) = client.v1.subscriptions.list().data
    (invoice,) = client.v1.invoices.list().data
    assert (invoice.amount_paid, len(invoice.lines.data), len(sub["items"].data)) == (5_000, 2, 2)
    sandbox.control("clock/advance", {"seconds": 32 * DAY_S})
    assert [each.amount_paid for each in client.v1.invoices.list().data] == [5_000, 5_000]
    page = client.v1.subscription_items.list({"subscription": sub.id, "limit": 1})
    assert (page.data[0].quantity, page.has_more) == (2, True)
    mixed = [{"price": prices["small"], "quantity": 1}, {"price": prices["yearly"], "quantity": 1}]
    with pytest.raises(stripe.InvalidRequestError, match="interval"):
        client.v1.checkout.sessions.create(
            {"mode": "subscription", "line_items": mixed, "success_url": "http://127.0.0.1:1/"}
        )


def test_another_price_is_prorated_with_the_next_bill(client, sub, prices, listener):
    half_way(client, sub)
    item = sub["items"].data[0].id
    changed = client.v1.subscriptions.update(sub.id, {"items": [{"id": item, "price": prices["big"], "quantity": 1}]})
    assert changed["items"].data[0].price.id == prices["big"]
    credit, charge = sorted(client.v1.invoice_items.list({"pending": True}).data, key=lambda each: each.amount)
    assert (credit.amount, charge.amount, credit.proration) == (-1_000, 1_500, True)
    assert credit.description == "Unused time on 2 × Polls after 16 Jun 2026"
    seen = client.v1.invoices.create_preview({"subscription": sub.id})
    assert seen.total == 3_500
    client.v1.test_helpers.test_clocks.advance(sub.test_clock, {"frozen_time": sub.start_date + 31 * DAY_S})
    assert bills(client, sub) == [2_000, 3_500]
    eventually(lambda: "customer.subscription.updated" in listener.types())


def test_a_change_is_billed_at_once_or_not_at_all(client, sub, prices):
    half_way(client, sub)
    item = client.v1.subscription_items.create(
        {"subscription": sub.id, "price": prices["big"], "proration_behavior": "always_invoice", "metadata": {"a": "b"}}
    )
    assert (item.metadata["a"], bills(client, sub)) == ("b", [2_000, 1_500])
    assert client.v1.invoices.list({"subscription": sub.id}).data[0].billing_reason == "subscription_update"
    client.v1.subscription_items.update(item.id, {"quantity": 3, "proration_behavior": "none"})
    assert client.v1.invoice_items.list({"pending": True}).data == []
    assert client.v1.subscription_items.retrieve(item.id).quantity == 3
    assert client.v1.subscription_items.delete(item.id).deleted
    (credit,) = client.v1.invoice_items.list({"pending": True}).data
    assert credit.amount == -4_500
    client.v1.test_helpers.test_clocks.advance(sub.test_clock, {"frozen_time": sub.start_date + 31 * DAY_S})
    assert bills(client, sub) == [2_000, 1_500, -2_500]
    assert client.v1.customers.retrieve(sub.customer).balance == -2_500


def test_a_change_that_cannot_be_is_refused(sandbox, client, sub, prices):
    item = sub["items"].data[0].id
    for wrong in (
        lambda: client.v1.subscription_items.delete(item),
        lambda: client.v1.subscription_items.retrieve("si_nobody"),
        lambda: client.v1.subscriptions.update(sub.id, {"items": [{"id": "si_nobody", "quantity": 1}]}),
        lambda: client.v1.subscription_items.create({"price": prices["big"]}),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            wrong()
    with pytest.raises(stripe.StripeError) as unbuilt:
        sandbox.client().v1.subscription_items.update(item, {"price": prices["yearly"]})
    assert unbuilt.value.http_status == 501
    assert len(client.v1.subscriptions.retrieve(sub.id)["items"].data) == 1
    client.v1.subscriptions.cancel(sub.id)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.subscription_items.update(item, {"quantity": 5})
