"""Plans, tokens, sources and cards of customers: what came before prices, payment methods and intents."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import eventually, make_customer, make_seller, refused


def test_a_plan_is_a_price(client, listener):
    plan = client.v1.plans.create(
        {"currency": "usd", "interval": "month", "amount": 900, "product": {"name": "Old"}, "nickname": "old",
         "trial_period_days": 7}
    )  # fmt: skip
    assert (plan.amount, plan.nickname, plan.trial_period_days) == (900, "old", 7)
    assert client.v1.prices.retrieve(plan.id).unit_amount == 900
    customer = make_customer(client, card="pm_card_visa")
    sub = client.v1.subscriptions.create({"customer": customer, "items": [{"price": plan.id}]})
    assert sub["items"].data[0].plan.id == plan.id
    assert not client.v1.plans.update(plan.id, {"active": False, "metadata": {"a": "b"}}).active
    assert [each.id for each in client.v1.plans.list({"active": False}).data] == [plan.id]
    chosen = client.v1.plans.create({"id": "gold", "currency": "usd", "interval": "year", "product": plan.product})
    assert (chosen.id, chosen.amount) == ("gold", 0)
    refused(lambda: client.v1.plans.create({"id": "gold", "currency": "usd", "interval": "year", "product": "p"}),
            "resource_already_exists")  # fmt: skip
    assert client.v1.plans.delete("gold").deleted
    refused(lambda: client.v1.plans.retrieve("gold"), "resource_missing")
    eventually(lambda: {"plan.created", "plan.updated", "plan.deleted"} <= set(listener.types()))


def test_tokens_are_used_once_and_cards_are_no_tokens(sandbox, client):
    bank = {"country": "US", "currency": "usd", "account_number": "000123456789", "routing_number": "110000000"}
    token = client.v1.tokens.create({"bank_account": bank})
    assert (token.type, token.bank_account.last4, token.used) == ("bank_account", "6789", False)
    seller = make_seller(sandbox)
    added = client.v1.accounts.external_accounts.create(seller, {"external_account": token.id})
    assert added.last4 == "6789"
    assert client.v1.tokens.retrieve(token.id).used
    refused(
        lambda: client.v1.accounts.external_accounts.create(seller, {"external_account": token.id}),
        "token_already_used",
    )
    assert client.v1.tokens.retrieve("tok_visa").card.last4 == "4242"
    assert client.v1.tokens.create({"pii": {"id_number": "000000000"}}).type == "pii"
    refused(
        lambda: client.v1.tokens.create({"card": {"number": "4242424242424242", "exp_month": "1", "exp_year": "40"}})
    )
    refused(lambda: client.v1.tokens.retrieve("tok_nothing"), "resource_missing")
    refused(lambda: client.v1.tokens.create({}))


def test_cards_and_banks_of_a_customer(client, listener):
    customer = make_customer(client)
    sources = client.v1.customers.payment_sources
    card = sources.create(customer, {"source": "tok_visa", "metadata": {"a": "b"}})
    bank = sources.create(customer, {"source": "btok_us"})
    assert (card.object, card.last4, bank.status) == ("card", "4242", "new")
    assert client.v1.customers.retrieve(customer).default_source == card.id
    assert sources.update(customer, card.id, {"name": "Ada", "exp_month": "7"}).exp_month == 7
    assert [each.id for each in sources.list(customer, {"object": "bank_account"}).data] == [bank.id]
    refused(lambda: sources.verify(customer, bank.id, {"amounts": [1, 2]}), "bank_account_verification_failed")
    assert sources.verify(customer, bank.id, {"amounts": [45, 32]}).status == "verified"
    refused(lambda: sources.verify(customer, bank.id, {"amounts": [45, 32]}))
    refused(lambda: sources.verify(customer, card.id, {"amounts": [45, 32]}))
    charge = client.v1.charges.create({"amount": 500, "currency": "usd", "customer": customer})
    assert (charge.status, charge.customer) == ("succeeded", customer)
    assert client.raw_request("delete", f"/v1/customers/{customer}/sources/{card.id}").code == 200
    refused(lambda: sources.retrieve(customer, card.id), "resource_missing")
    assert client.v1.customers.retrieve(customer).default_source == bank.id
    refused(lambda: client.v1.charges.create({"amount": 500, "currency": "usd", "customer": customer}), "missing")
    names = {f"customer.source.{each}" for each in ("created", "updated", "deleted")}
    eventually(lambda: names <= set(listener.types()))


def test_a_source_is_charged_and_given_to_a_customer(client):
    source = client.v1.sources.create(
        {"type": "card", "token": "tok_visa", "owner": {"email": "a@b.co"}, "amount": 500, "currency": "usd"}
    )
    assert (source.status, source.owner.email) == ("chargeable", "a@b.co")
    assert client.v1.sources.update(source.id, {"owner": {"name": "Ada"}}).owner.name == "Ada"
    paid = client.v1.charges.create({"amount": 500, "currency": "usd", "source": source.id})
    assert paid.status == "succeeded"
    customer = make_customer(client)
    assert client.v1.customers.payment_sources.create(customer, {"source": source.id}).customer == customer
    refused(lambda: client.v1.customers.payment_sources.create(make_customer(client), {"source": source.id}))
    refused(lambda: client.v1.sources.retrieve(source.id, {"client_secret": "wrong"}), "resource_missing")
    assert client.v1.sources.retrieve(source.id).id == source.id
    assert client.v1.sources.transactions.list(source.id).data == []
    refused(lambda: client.v1.sources.verify(source.id, {"values": ["1"]}), "invalid_source_usage")
    assert client.v1.customers.payment_sources.retrieve(customer, source.id).id == source.id
    with pytest.raises(stripe.StripeError) as unbuilt:
        client.v1.sources.create({"type": "sofort"})
    assert unbuilt.value.http_status == 501
    refused(lambda: client.v1.customers.delete_discount(customer), "resource_missing")
