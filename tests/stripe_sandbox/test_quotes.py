"""Quotes: drafted, offered, accepted as an invoice or a subscription, taken back, and over after their day."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import eventually


@pytest.fixture
def customer(client):
    made = client.v1.customers.create({"email": "a@b.co", "payment_method": "pm_card_visa"})
    (card,) = client.v1.customers.payment_methods.list(made.id).data
    return client.v1.customers.update(made.id, {"invoice_settings": {"default_payment_method": card.id}}).id


def quote(client, customer, *, recurring=None, **more):
    product = client.v1.products.create({"name": "Polls"}).id
    price = {"currency": "usd", "unit_amount": 1_000, "product": product}
    made = client.v1.prices.create({**price, **({"recurring": {"interval": recurring}} if recurring else {})})
    return client.v1.quotes.create({"customer": customer, "line_items": [{"price": made.id, "quantity": 3}], **more})


def test_an_offer_becomes_an_invoice(sandbox, client, customer, listener):
    coupon = client.v1.coupons.create({"percent_off": 10})
    made = quote(client, customer, discounts=[{"coupon": coupon.id}], header="Ours", metadata={"a": "b"})
    assert (made.status, made.amount_subtotal, made.amount_total, made.computed.recurring) == (
        "draft",
        3_000,
        2_700,
        None,
    )
    shown = client.v1.quotes.retrieve(made.id, {"expand": ["line_items"]})
    assert shown.line_items.data[0].amount_discount == 300
    offered = client.v1.quotes.finalize_quote(made.id)
    assert (offered.status, offered.number[:3]) == ("open", "QT-")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.quotes.update(made.id, {"collection_method": "send_invoice"})
    accepted = client.v1.quotes.accept(made.id, {"expand": ["invoice"]})
    invoice = accepted.invoice
    assert (invoice.status, invoice.total, invoice.billing_reason) == ("draft", 2_700, "quote_accept")
    assert invoice.parent.quote_details.quote == made.id
    sandbox.control("clock/advance", {"seconds": 3_600})
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"
    eventually(lambda: {"quote.created", "quote.finalized", "quote.accepted"} <= set(listener.types()))


def test_an_offer_becomes_a_subscription(client, customer):
    made = quote(client, customer, recurring="month", subscription_data={"trial_period_days": 7})
    assert (made.computed.recurring.amount_total, made.computed.recurring.interval) == (3_000, "month")
    client.v1.quotes.finalize_quote(made.id)
    accepted = client.v1.quotes.accept(made.id)
    sub = client.v1.subscriptions.retrieve(accepted.subscription)
    assert (sub.status, sub["items"].data[0].quantity) == ("trialing", 3)
    assert [each.id for each in client.v1.quotes.list({"status": "accepted"}).data] == [made.id]


def test_an_offer_is_taken_back_or_over(sandbox, client, customer):
    back, late = quote(client, customer), quote(client, customer, recurring="year")
    assert client.v1.quotes.cancel(back.id).status == "canceled"
    client.v1.quotes.finalize_quote(late.id)
    client.v1.quotes.update(late.id, {"description": "until tomorrow", "expires_at": late.created + 86_400})
    sandbox.control("clock/advance", {"seconds": 86_400})
    assert client.v1.quotes.retrieve(late.id).status == "canceled"
    empty = client.v1.quotes.create({})
    for wrong in (
        lambda: client.v1.quotes.accept(late.id),
        lambda: client.v1.quotes.cancel(back.id),
        lambda: client.v1.quotes.finalize_quote(empty.id),
        lambda: client.v1.quotes.create({"expires_at": 1}),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            wrong()
    assert client.v1.quotes.line_items.list(late.id, {"limit": 1}).data[0].quantity == 3
    assert client.v1.quotes.computed_upfront_line_items.list(late.id).data[0].amount_total == 3_000
