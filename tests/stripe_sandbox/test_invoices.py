"""Invoices made through the API: items that wait, drafts, payment, the customer's balance, previews."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import eventually, make_seller

DAY_S = 86_400


@pytest.fixture
def customer(client):
    made = client.v1.customers.create({"email": "a@b.co", "name": "Ada", "payment_method": "pm_card_visa"})
    (card,) = client.v1.customers.payment_methods.list(made.id).data
    return client.v1.customers.update(made.id, {"invoice_settings": {"default_payment_method": card.id}}).id


def item(client, customer, amount=1_000, **more):
    return client.v1.invoice_items.create({"customer": customer, "amount": amount, "currency": "usd", **more})


def draft(client, customer, amount=1_000, **more):
    invoice = client.v1.invoices.create({"customer": customer, **more})
    if amount:
        item(client, customer, amount, invoice=invoice.id)
    return client.v1.invoices.retrieve(invoice.id)


def test_items_wait_for_an_invoice_and_are_paid_with_it(client, customer, listener):
    product = client.v1.products.create({"name": "a"})
    price = client.v1.prices.create({"currency": "usd", "unit_amount": 300, "product": product.id})
    waits = item(client, customer, description="Setup")
    priced = client.v1.invoice_items.create({"customer": customer, "pricing": {"price": price.id}, "quantity": 3})
    assert (priced.amount, priced.pricing.price_details.product) == (900, product.id)
    assert len(client.v1.invoice_items.list({"pending": True}).data) == 2
    assert client.v1.invoices.create({"customer": customer}).total == 0

    invoice = client.v1.invoices.create({"customer": customer, "pending_invoice_items_behavior": "include"})
    assert (invoice.status, invoice.total, invoice.number, invoice.customer_email) == ("draft", 1_900, None, "a@b.co")
    lines = client.v1.invoices.line_items.list(invoice.id, {"limit": 1})
    assert ([each.description for each in lines.data], lines.has_more) == (["Setup"], True)
    assert lines.data[0].parent.invoice_item_details.invoice_item == waits.id
    invoice = client.v1.invoices.finalize_invoice(invoice.id)
    assert (invoice.status, invoice.amount_due, invoice.number) == ("open", 1_900, "SBX-0001")
    paid = client.v1.invoices.pay(invoice.id)
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 1_900, 0)
    (payment,) = client.v1.invoice_payments.list({"invoice": invoice.id}).data
    assert client.v1.invoice_payments.retrieve(payment.id).amount_paid == 1_900
    intent = client.v1.payment_intents.retrieve(payment.payment.payment_intent)
    assert (intent.status, intent.amount, intent.customer) == ("succeeded", 1_900, customer)
    wanted = {"invoiceitem.created", "invoice.created", "invoice.finalized", "invoice.paid", "invoice_payment.paid"}
    eventually(lambda: wanted <= set(listener.types()))
    for act in (client.v1.invoices.pay, client.v1.invoices.finalize_invoice, client.v1.invoices.delete):
        with pytest.raises(stripe.InvalidRequestError):
            act(invoice.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.invoice_items.update(waits.id, {"amount": 1})
    assert refused.value.code == "invoice_not_editable"


def test_a_draft_follows_its_items(client, customer):
    invoice = draft(client, customer)
    extra = item(client, customer, 500, invoice=invoice.id)
    assert client.v1.invoices.retrieve(invoice.id).total == 1_500
    client.v1.invoice_items.update(extra.id, {"amount": 700, "description": "more"})
    assert client.v1.invoices.retrieve(invoice.id).total == 1_700
    client.v1.invoice_items.delete(extra.id)
    assert client.v1.invoices.retrieve(invoice.id).total == 1_000
    client.v1.invoices.update(invoice.id, {"description": "For Ada", "metadata": {"a": "b"}})
    assert client.v1.invoices.delete(invoice.id).deleted
    assert [each.invoice for each in client.v1.invoice_items.list({"customer": customer}).data] == [None]
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.invoices.retrieve(invoice.id)


def test_lines_are_added_changed_and_removed_together(client, customer):
    invoice, waits = draft(client, customer, 0), item(client, customer, 400)
    lines = [{"amount": 100, "description": "one"}, {"amount": 200, "description": "two"}, {"invoice_item": waits.id}]
    shown = client.v1.invoices.add_lines(invoice.id, {"lines": lines, "invoice_metadata": {"a": "b"}})
    assert (shown.total, shown.metadata["a"]) == (700, "b")
    one, two, three = sorted(shown.lines.data, key=lambda each: each.amount)
    shown = client.v1.invoices.update_lines(invoice.id, {"lines": [{"id": one.id, "amount": 150}]})
    assert shown.total == 750
    assert (
        client.v1.invoices.line_items.update(invoice.id, two.id, {"quantity": 1, "description": "II"}).description
        == "II"
    )
    shown = client.v1.invoices.remove_lines(
        invoice.id, {"lines": [{"id": two.id, "behavior": "delete"}, {"id": three.id, "behavior": "unassign"}]}
    )
    assert [each.id for each in shown.lines.data] == [one.id]
    assert [each.id for each in client.v1.invoice_items.list({"pending": True}).data] == [waits.id]
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.invoices.update_lines(invoice.id, {"lines": [{"id": two.id, "amount": 1}]})


def test_a_card_that_is_declined_leaves_it_open(client, customer, listener):
    bad = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer})
    invoice = client.v1.invoices.finalize_invoice(draft(client, customer, default_payment_method=bad.id).id)
    with pytest.raises(stripe.CardError) as declined:
        client.v1.invoices.pay(invoice.id)
    assert declined.value.code == "card_declined"
    shown = client.v1.invoices.retrieve(invoice.id)
    assert (shown.status, shown.attempted, shown.attempt_count) == ("open", True, 1)
    (card, _) = client.v1.payment_methods.list({"customer": customer}).data[::-1]
    assert client.v1.invoices.pay(invoice.id, {"payment_method": card.id}).status == "paid"
    assert len(client.v1.payment_intents.list().data) == 1
    eventually(lambda: {"invoice.payment_failed", "invoice.paid"} <= set(listener.types()))


def test_a_card_that_must_be_confirmed_pays_when_its_owner_does(sandbox, client, customer, listener):
    asks = client.v1.payment_methods.attach("pm_card_authenticationRequired", {"customer": customer})
    invoice = draft(client, customer)
    with pytest.raises(stripe.CardError) as refused:
        client.v1.invoices.pay(invoice.id, {"payment_method": asks.id})
    assert refused.value.code == "invoice_payment_intent_requires_action"
    sandbox.control(f"intents/{refused.value.error.payment_intent.id}/authenticate")
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"
    eventually(lambda: "invoice.payment_action_required" in listener.types())


def test_who_has_no_card_pays_otherwise(client):
    poor = client.v1.customers.create({"name": "Bob"}).id
    invoice = draft(client, poor)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.invoices.pay(invoice.id)
    assert refused.value.code == "missing"
    paid = client.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert (paid.status, paid.amount_paid, paid.amount_paid_off_stripe) == ("paid", 0, 1_000)
    assert client.v1.balance_transactions.list().data == []


def test_an_invoice_is_sent_voided_or_given_up(client, customer, listener):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.invoices.create({"customer": customer, "collection_method": "send_invoice"})
    sent = draft(client, customer, collection_method="send_invoice", days_until_due=30)
    assert sent.due_date == sent.created + 30 * DAY_S
    assert client.v1.invoices.send_invoice(sent.id).status == "open"
    assert client.v1.invoices.mark_uncollectible(sent.id).status == "uncollectible"
    assert client.v1.invoices.void_invoice(sent.id).status == "void"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.invoices.void_invoice(sent.id)
    assert refused.value.code == "status_transition_invalid"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.invoices.send_invoice(draft(client, customer).id)
    eventually(lambda: {"invoice.sent", "invoice.marked_uncollectible", "invoice.voided"} <= set(listener.types()))


def test_a_draft_that_advances_is_paid_by_the_clock(sandbox, client, customer):
    invoice = draft(client, customer, auto_advance=True)
    assert invoice.automatically_finalizes_at == invoice.created + 3_600
    sandbox.control("clock/advance", {"seconds": 3_600})
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"


def test_a_share_of_an_invoice_goes_to_its_destination(sandbox, client, customer):
    seller = make_seller(sandbox)
    split = {"application_fee_amount": 100, "transfer_data": {"destination": seller}}
    client.v1.invoices.pay(draft(client, customer, **split).id)
    (theirs,) = client.v1.balance_transactions.list(options={"stripe_account": seller}).data
    assert theirs.net == 900
    dear = draft(client, customer, **{**split, "application_fee_amount": 2_000})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.invoices.finalize_invoice(dear.id)
    assert client.v1.invoices.retrieve(dear.id).status == "draft"


def test_credit_pays_first_and_comes_back_with_a_void(client, customer):
    movement = client.v1.customers.balance_transactions.create(
        customer, {"amount": -600, "currency": "usd", "description": "Sorry"}
    )
    assert (movement.ending_balance, client.v1.customers.retrieve(customer).balance) == (-600, -600)
    first = client.v1.invoices.finalize_invoice(draft(client, customer).id)
    assert (first.starting_balance, first.ending_balance, first.amount_due) == (-600, 0, 400)
    client.v1.invoices.void_invoice(first.id)
    assert client.v1.customers.retrieve(customer).balance == -600
    small = client.v1.invoices.finalize_invoice(draft(client, customer, 200).id)
    assert (small.status, small.amount_due, client.v1.customers.retrieve(customer).balance) == ("paid", 0, -400)
    moves = client.v1.customers.balance_transactions.list(customer).data
    assert [each.type for each in moves] == [
        "applied_to_invoice", "unapplied_from_invoice", "applied_to_invoice", "adjustment",
    ]  # fmt: skip
    renamed = client.v1.customers.balance_transactions.update(customer, movement.id, {"description": "Sorry!"})
    assert renamed.description == "Sorry!"
    assert client.v1.customers.balance_transactions.retrieve(customer, movement.id).description == "Sorry!"
    client.v1.customers.balance_transactions.create(customer, {"amount": 900, "currency": "usd"})
    assert client.v1.invoices.finalize_invoice(draft(client, customer).id).amount_due == 1_500
    for wrong in ({"amount": 5, "currency": "eur"}, {"amount": 0, "currency": "usd"}):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.customers.balance_transactions.create(customer, wrong)


def test_discounts_lower_lines_and_invoices(client, customer):
    half = client.v1.coupons.create({"percent_off": 50})
    ten = client.v1.coupons.create({"amount_off": 10, "currency": "usd"})
    invoice = draft(client, customer, discounts=[{"coupon": ten.id}])
    item(client, customer, 400, invoice=invoice.id, discounts=[{"coupon": half.id}])
    item(client, customer, 100, invoice=invoice.id, discountable=False)
    shown = client.v1.invoices.finalize_invoice(invoice.id)
    assert (shown.subtotal, shown.total) == (1_500, 1_290)
    assert sorted(each.amount for each in shown.total_discount_amounts) == [10, 200]
    assert sum(each.amount for line in shown.lines.data for each in line.discount_amounts) == 210
    assert client.v1.coupons.retrieve(half.id).times_redeemed == 1


def test_the_next_invoice_can_be_seen_before_it_is_there(sandbox, client, customer):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.invoices.create_preview({"customer": customer})
    assert refused.value.code == "invoice_upcoming_none"
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 2_000, "recurring": {"interval": "month"}, "product_data": {"name": "a"}}
    )
    sub = client.v1.subscriptions.create({"customer": customer, "items": [{"price": price.id}]})
    item(client, customer, 300)
    coupon = client.v1.coupons.create({"percent_off": 10})
    seen = client.v1.invoices.create_preview(
        {"subscription": sub.id, "invoice_items": [{"amount": 200}], "discounts": [{"coupon": coupon.id}]}
    )
    assert (seen.subtotal, seen.total, seen.billing_reason) == (2_500, 2_250, "upcoming")
    assert seen.period_start == sub["items"].data[0].current_period_end
    assert len(client.v1.invoices.list().data) == 1
    assert len(client.v1.invoice_items.list().data) == 1
    sandbox.control("clock/advance", {"seconds": 32 * DAY_S})
    (latest, _) = client.v1.invoices.list().data
    assert (latest.total, latest.status) == (2_300, "paid")
    assert {line.parent.type for line in latest.lines.data} == {"subscription_item_details", "invoice_item_details"}
