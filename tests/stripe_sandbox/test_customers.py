"""Customers, their cards, and the subscriptions begun with them."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import make_link, make_price, make_seller, pay


def customer_with(client, card="pm_card_visa", **more):
    return client.v1.customers.create(
        {
            "email": "ada@example.com", "name": "Ada", "payment_method": card,
            **more,
        }
    )  # fmt: skip


def default_card(client, customer):
    method = client.v1.customers.payment_methods.list(customer.id).data[0].id
    client.v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": method}})
    return method


def monthly(client, amount=2_000):
    return client.v1.prices.create(
        {
            "currency": "usd", "unit_amount": amount, "recurring": {"interval": "month"},
            "product_data": {"name": "Polls"},
        }
    ).id  # fmt: skip


def test_a_customer_lives_its_life(client, listener):
    made = client.v1.customers.create(
        {"email": "a@b.co", "phone": "+1 555", "metadata": {"a": "b"}, "address": {"line1": "1 Way", "country": "US"}}
    )
    assert (made.address.line1, made.address.city, made.phone) == ("1 Way", None, "+1 555")
    changed = client.v1.customers.update(
        made.id,
        {
            "name": "Ada", "phone": "", "address": "", "metadata": {"a": ""}, "description": "d",
            "shipping": {"name": "Ada", "address": {"line1": "2 Way"}},
        },
    )  # fmt: skip
    assert (changed.name, changed.phone, changed.address, changed.metadata.to_dict()) == ("Ada", None, None, {})
    assert changed.shipping.address.line1 == "2 Way"
    event = client.v1.events.list({"type": "customer.updated"}).data[0]
    assert event.data.previous_attributes["phone"] == "+1 555"

    assert [each.id for each in client.v1.customers.list({"email": "a@b.co"}).data] == [made.id]
    assert client.v1.customers.delete(made.id).deleted
    assert client.v1.customers.retrieve(made.id).deleted
    assert client.v1.customers.list().data == []
    for wrong in (client.v1.customers.delete, client.v1.customers.update):
        with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
            wrong(made.id)
    with pytest.raises(stripe.InvalidRequestError, match="Invalid email"):
        client.v1.customers.create({"email": "nobody"})


@pytest.mark.parametrize(("query", "found"), [
    ('email:"ada@x.co"', "a"),
    ("email:'ADA@x.co'", "a"),
    ('email~"x.co"', "ab"),
    ('email~"x.co" AND -name:"Ada"', "b"),
    ('metadata["k"]:"1"', "a"),
    ('metadata["it\'s"]:"2"', "b"),
    ("created>5", "ab"),
    ("created<5", ""),
])  # fmt: skip
def test_customers_are_searched(client, query, found):
    client.v1.customers.create({"email": "ada@x.co", "name": "Ada", "metadata": {"k": "1", "n": "a"}})
    client.v1.customers.create({"email": "bo@x.co", "metadata": {"it's": "2", "n": "b"}})
    results = client.v1.customers.search({"query": query})
    assert "".join(sorted(each.metadata["n"] for each in results.data)) == found


def test_a_search_turns_pages_and_refuses_nonsense(client):
    for _ in range(3):
        client.v1.customers.create({"email": "a@x.co"})
    first = client.v1.customers.search({"query": 'email:"a@x.co"', "limit": 2})
    assert first.has_more
    second = client.v1.customers.search({"query": 'email:"a@x.co"', "limit": 2, "page": first.next_page})
    assert (len(second.data), second.has_more, second.next_page) == (1, False, None)
    for wrong in (
        "",
        "email",
        'nope:"x"',
        'metadata:"x"',
        'email:"a" OR email:"b" AND name:"c"',
        'name~"ab"',
        'created:"x"',
        "name>5",
    ):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.customers.search({"query": wrong})
    with pytest.raises(stripe.InvalidRequestError, match="page"):
        client.v1.customers.search({"query": 'email:"a"', "page": "x"})


def test_a_card_is_attached_kept_and_detached_for_good(client):
    customer = customer_with(client)
    (method,) = client.v1.payment_methods.list({"customer": customer.id, "type": "card"}).data
    assert (method.card.last4, method.customer) == ("4242", customer.id)
    default_card(client, customer)

    billing = {"name": "Ada", "address": {"city": "Rome"}}
    changed = client.v1.payment_methods.update(method.id, {"billing_details": billing, "card": {"exp_year": 2041}})
    assert (changed.billing_details.address.city, changed.card.exp_year) == ("Rome", 2041)
    assert client.v1.customers.payment_methods.retrieve(customer.id, method.id).id == method.id

    client.v1.payment_methods.detach(method.id)
    assert client.v1.customers.retrieve(customer.id).invoice_settings.default_payment_method is None
    assert client.v1.payment_methods.list({"customer": customer.id}).data == []
    for again in (
        lambda: client.v1.payment_methods.detach(method.id),
        lambda: client.v1.payment_methods.attach(method.id, {"customer": customer.id}),
        lambda: client.v1.payment_methods.attach("pm_none", {"customer": customer.id}),
        lambda: client.v1.payment_methods.attach("pm_card_visa", {"customer": "cus_none"}),
        lambda: client.v1.customers.payment_methods.retrieve(customer.id, method.id),
        lambda: client.v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": method.id}}),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            again()


def test_cards_come_as_tokens_and_never_as_numbers(client):
    made = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_mastercard"}})
    assert (made.card.brand, made.customer) == ("mastercard", None)
    assert client.v1.payment_methods.attach("pm_card_amex", {"customer": customer_with(client).id}).card.brand == "amex"
    number = {"number": "4242424242424242", "exp_month": 1, "exp_year": 2040, "cvc": "123"}
    for wrong in (number, {"token": "pm_card_visa"}, {"token": "tok_none"}):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_methods.create({"type": "card", "card": wrong})
    with pytest.raises(stripe.CardError) as declined:
        customer_with(client, "pm_card_chargeDeclinedInsufficientFunds")
    assert (declined.value.code, declined.value.error.decline_code) == ("card_declined", "insufficient_funds")
    assert client.v1.customers.list().data[1:] == []
    other = customer_with(client)
    method = client.v1.payment_methods.list({"customer": other.id}).data[0].id
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        client.v1.payment_methods.attach(method, {"customer": customer_with(client).id})


def test_a_subscription_is_begun_through_the_api(sandbox, client):
    seller, customer = make_seller(sandbox), customer_with(client)
    default_card(client, customer)
    sub = client.v1.subscriptions.create(
        {
            "customer": customer.id, "items": [{"price": monthly(client)}], "application_fee_percent": 20,
            "transfer_data": {"destination": seller}, "metadata": {"plan": "p"},
        }
    )  # fmt: skip
    assert (sub.status, sub.metadata["plan"], sub["items"].data[0].quantity) == ("active", "p", 1)
    assert [each.net for each in client.v1.balance_transactions.list().data] == [400, -2_000, 1_912]
    (charge,) = client.v1.charges.list().data
    assert charge.customer == customer.id

    client.v1.customers.delete(customer.id)
    assert client.v1.subscriptions.retrieve(sub.id).status == "canceled"


def test_a_card_that_fails_leaves_it_incomplete_for_a_day(sandbox, client):
    customer = customer_with(client, "pm_card_chargeCustomerFail")
    asked = {
        "customer": customer.id, "items": [{"price": monthly(client)}],
        "default_payment_method": client.v1.payment_methods.list({"customer": customer.id}).data[0].id,
    }  # fmt: skip
    with pytest.raises(stripe.CardError):
        client.v1.subscriptions.create({**asked, "payment_behavior": "error_if_incomplete"})
    assert client.v1.subscriptions.list({"status": "all"}).data == []

    sub = client.v1.subscriptions.create(asked)
    assert sub.status == "incomplete"
    saved = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id}).id
    paid = client.v1.invoices.pay(sub.latest_invoice, {"payment_method": saved})
    now = client.v1.subscriptions.retrieve(sub.id)
    assert (paid.status, now.status, now.default_payment_method) == ("paid", "active", asked["default_payment_method"])

    left = client.v1.subscriptions.create(asked)
    sandbox.control("clock/advance", {"seconds": 24 * 3600})
    assert client.v1.subscriptions.retrieve(left.id).status == "incomplete_expired"
    assert client.v1.invoices.retrieve(left.latest_invoice).status == "void"


def test_another_card_is_used_from_now_on(sandbox, client):
    customer = customer_with(client)
    default_card(client, customer)
    sub = client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": monthly(client)}]})
    bad = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id}).id
    client.v1.subscriptions.update(sub.id, {"default_payment_method": bad})
    sandbox.control("clock/advance", {"seconds": 32 * 86_400})
    assert client.v1.subscriptions.retrieve(sub.id).status == "past_due"


@pytest.mark.parametrize("wrong", [
    {"customer": "cus_none"},
    {"items": []},
    {"default_payment_method": "pm_none"},
    {"trial_end": 5},
    {"transfer_data": {"destination": "acct_none"}},
])  # fmt: skip
def test_subscriptions_that_cannot_be_are_refused(client, wrong):
    customer = customer_with(client)
    asked = {"customer": customer.id, "items": [{"price": monthly(client)}], "metadata": {"a": "b"}}
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        client.v1.subscriptions.create(asked)
    default_card(client, customer)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.subscriptions.create({**asked, **wrong})
    with pytest.raises(stripe.InvalidRequestError, match="one_time"):
        client.v1.subscriptions.create({**asked, "items": [{"price": make_price(client)}]})


def test_a_known_customer_pays_a_session(sandbox, client):
    customer = customer_with(client)
    asked = {
        "mode": "payment", "success_url": "http://127.0.0.1:1/", "customer": customer.id,
        "line_items": [{"price": make_price(client), "quantity": 1}],
    }  # fmt: skip
    session = client.v1.checkout.sessions.create(asked)
    assert session.customer_details.email == "ada@example.com"
    assert "ada@example.com" in sandbox.web.get(session.url).text
    assert pay(sandbox, session.url).status_code == 303
    (intent,) = client.v1.payment_intents.list().data
    assert (intent.customer, client.v1.charges.list().data[0].customer) == (customer.id, customer.id)
    for wrong in ({"customer_email": "x@y.co"}, {"customer": "cus_none"}):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.checkout.sessions.create({**asked, **wrong})
    assert make_link(client).active
