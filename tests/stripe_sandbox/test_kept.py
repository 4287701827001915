"""What is only kept: made, found, listed, changed and deleted, each by its own rules."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import eventually, make_seller


def refused(act, code=None):
    with pytest.raises(stripe.InvalidRequestError) as wrong:
        act()
    assert code is None or wrong.value.code == code


def test_tax_rates_and_shipping_rates(client, listener):
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 19.5, "inclusive": True, "country": "DE"})
    assert (rate.effective_percentage, rate.active, rate.rate_type) == (19.5, True, "percentage")
    assert client.v1.tax_rates.update(rate.id, {"active": False, "description": "old"}).description == "old"
    assert client.v1.tax_rates.list({"active": True}).data == []
    assert [each.id for each in client.v1.tax_rates.list({"inclusive": True}).data] == [rate.id]
    refused(lambda: client.v1.tax_rates.create({"display_name": "x", "percentage": 101, "inclusive": True}))
    eventually(lambda: {"tax_rate.created", "tax_rate.updated"} <= set(listener.types()))
    days = {"maximum": {"unit": "day", "value": 3}}
    ship = client.v1.shipping_rates.create(
        {"display_name": "Post", "type": "fixed_amount", "fixed_amount": {"amount": 500, "currency": "USD"},
         "delivery_estimate": days}
    )  # fmt: skip
    assert (ship.fixed_amount.currency, ship.delivery_estimate.maximum.value) == ("usd", 3)
    assert not client.v1.shipping_rates.update(ship.id, {"active": False}).active
    refused(lambda: client.v1.shipping_rates.create({"display_name": "x"}), "parameter_missing")
    assert client.v1.shipping_rates.retrieve(ship.id).display_name == "Post"


def test_domains(client):
    apple = client.v1.apple_pay_domains.create({"domain_name": "shop.example.com"})
    refused(lambda: client.v1.apple_pay_domains.create({"domain_name": "SHOP.example.com"}), "resource_already_exists")
    for wrong in ("https://example.com", "example", "a b.com", "-a.com"):
        refused(lambda wrong=wrong: client.v1.payment_method_domains.create({"domain_name": wrong}))
    assert client.v1.apple_pay_domains.delete(apple.id).deleted
    assert client.v1.apple_pay_domains.list().data == []
    domain = client.v1.payment_method_domains.create({"domain_name": "shop.example.com"})
    assert client.v1.payment_method_domains.validate(domain.id).apple_pay.status == "active"
    off = client.v1.payment_method_domains.update(domain.id, {"enabled": False})
    assert (off.enabled, off.google_pay.status) == (False, "inactive")
    assert len(client.v1.payment_method_domains.list({"domain_name": "shop.example.com"}).data) == 1


def test_value_lists(client):
    names = client.v1.radar.value_lists
    mails = names.create({"alias": "bad_mail", "name": "Bad", "item_type": "email"})
    item = client.v1.radar.value_list_items.create({"value_list": mails.id, "value": "Eve@b.co"})
    assert names.retrieve(mails.id).list_items.data[0].value == "eve@b.co"
    refused(lambda: client.v1.radar.value_list_items.create({"value_list": mails.id, "value": "EVE@b.co"}))
    refused(lambda: names.create({"alias": "bad_mail", "name": "Two"}), "resource_already_exists")
    refused(lambda: names.create({"alias": "no-dash", "name": "Two"}))
    assert [each.id for each in names.list({"contains": "eve@b.co"}).data] == [mails.id]
    assert names.list({"contains": "ada@b.co"}).data == []
    assert names.update(mails.id, {"alias": "worse", "metadata": {"a": "b"}}).alias == "worse"
    assert [each.id for each in names.list({"alias": "worse"}).data] == [mails.id]
    assert client.v1.radar.value_list_items.delete(item.id).deleted
    assert client.v1.radar.value_list_items.list({"value_list": mails.id}).data == []
    assert names.delete(mails.id).deleted
    refused(lambda: names.retrieve(mails.id), "resource_missing")


def test_tax_ids(client, listener):
    customer = client.v1.customers.create({"email": "a@b.co"}).id
    ours = client.v1.customers.tax_ids.create(customer, {"type": "eu_vat", "value": "DE123456789"})
    assert (ours.country, ours.verification.status, ours.owner.customer) == ("DE", "verified", customer)
    bad = client.v1.tax_ids.create(
        {"type": "gb_vat", "value": "GB111111111", "owner": {"type": "customer", "customer": customer}}
    )
    assert (bad.country, bad.verification.status) == ("GB", "unverified")
    own = client.v1.tax_ids.create({"type": "us_ein", "value": "12-3456789"})
    assert [each.id for each in client.v1.tax_ids.list().data] == [own.id]
    assert len(client.v1.tax_ids.list({"owner": {"type": "customer", "customer": customer}}).data) == 2
    assert len(client.v1.customers.tax_ids.list(customer, {"limit": 1}).data) == 1
    assert client.v1.customers.tax_ids.retrieve(customer, ours.id).value == "DE123456789"
    assert client.v1.tax_ids.retrieve(own.id).owner.type == "self"
    refused(lambda: client.v1.customers.tax_ids.retrieve(customer, own.id), "resource_missing")
    assert client.v1.customers.tax_ids.delete(customer, ours.id).deleted
    assert client.v1.tax_ids.delete(own.id).deleted
    refused(lambda: client.v1.tax_ids.create({"type": "us_ein", "value": " "}), "tax_id_invalid")
    eventually(lambda: {"customer.tax_id.created", "customer.tax_id.deleted"} <= set(listener.types()))


def test_features_of_products(client):
    fast = client.v1.entitlements.features.create({"lookup_key": "fast", "name": "Fast"})
    refused(lambda: client.v1.entitlements.features.create({"lookup_key": "fast", "name": "x"}))
    product = client.v1.products.create({"name": "a"}).id
    link = client.v1.products.features.create(product, {"entitlement_feature": fast.id})
    assert link.entitlement_feature.lookup_key == "fast"
    refused(lambda: client.v1.products.features.create(product, {"entitlement_feature": fast.id}))
    assert [each.id for each in client.v1.products.features.list(product).data] == [link.id]
    assert client.v1.products.features.retrieve(product, link.id).id == link.id
    assert client.v1.products.features.delete(product, link.id).deleted
    client.v1.entitlements.features.update(fast.id, {"active": False})
    refused(lambda: client.v1.products.features.create(product, {"entitlement_feature": fast.id}))
    assert len(client.v1.entitlements.features.list({"archived": True}).data) == 1
    assert client.v1.entitlements.features.list({"archived": False}).data == []


def test_configurations_of_the_portal(client, listener):
    first = client.v1.billing_portal.configurations.create(
        {"features": {"subscription_cancel": {"enabled": True, "mode": "immediately"}},
         "business_profile": {"headline": "Ours"}}
    )  # fmt: skip
    cancel = first.features.subscription_cancel
    assert (first.is_default, cancel.mode, cancel.proration_behavior) == (True, "immediately", "none")
    second = client.v1.billing_portal.configurations.create({"features": {"invoice_history": {"enabled": True}}})
    assert [each.id for each in client.v1.billing_portal.configurations.list({"is_default": False}).data] == [second.id]
    changed = client.v1.billing_portal.configurations.update(
        first.id, {"active": False, "features": {"invoice_history": {"enabled": True}}}
    )
    assert (changed.active, changed.features.invoice_history.enabled) == (False, True)
    assert changed.features.subscription_cancel.enabled
    wanted = {"billing_portal.configuration.created", "billing_portal.configuration.updated"}
    eventually(lambda: wanted <= set(listener.types()))


def test_secrets_for_embedded_parts(sandbox, client):
    seller = make_seller(sandbox)
    session = client.v1.account_sessions.create(
        {"account": seller, "components": {"payouts": {"enabled": True, "features": {"instant_payouts": True}}}}
    )
    assert session.components.payouts.features.instant_payouts
    assert (session.components.payouts.features.standard_payouts, session.components.balances.enabled) == (False, False)
    refused(
        lambda: client.v1.account_sessions.create({"account": seller, "components": {"payouts": {"enabled": False}}})
    )
    refused(
        lambda: client.v1.account_sessions.create({"account": "acct_x", "components": {"payouts": {"enabled": True}}})
    )
    customer = client.v1.customers.create({"email": "a@b.co"}).id
    key = client.v1.ephemeral_keys.create({"customer": customer}, {"stripe_version": stripe.api_version})
    assert key.secret.startswith("ek_test_")
    gone = client.v1.ephemeral_keys.delete(key.id)
    assert gone.expires <= key.expires
    refused(lambda: client.v1.ephemeral_keys.delete(key.id), "resource_missing")


def test_cash_of_customers(client, listener):
    customer = client.v1.customers.create({"name": "Ada"}).id
    assert client.v1.customers.cash_balance.retrieve(customer).available is None
    funded = client.v1.test_helpers.customers.fund_cash_balance(
        customer, {"amount": 700, "currency": "usd", "reference": "R1"}
    )
    assert (funded.net_amount, funded.funded.bank_transfer.reference) == (700, "R1")
    client.v1.test_helpers.customers.fund_cash_balance(customer, {"amount": 300, "currency": "usd"})
    cash = client.v1.customers.cash_balance.update(customer, {"settings": {"reconciliation_mode": "manual"}})
    assert (cash.available["usd"], cash.settings.reconciliation_mode) == (1_000, "manual")
    moves = client.v1.customers.cash_balance_transactions.list(customer, {"limit": 1})
    assert (moves.data[0].ending_balance, moves.has_more) == (1_000, True)
    assert client.v1.customers.cash_balance_transactions.retrieve(customer, funded.id).id == funded.id
    refused(lambda: client.v1.customers.cash_balance_transactions.retrieve(customer, "ccsbtxn_x"), "resource_missing")
    eventually(lambda: listener.types().count("cash_balance.funds_available") == 2)


def test_accounts_are_turned_away_taken_back_and_closed(sandbox, client, listener):
    seller, other = make_seller(sandbox), make_seller(sandbox)
    gone = client.v1.accounts.reject(seller, {"reason": "fraud_other"})
    assert (gone.charges_enabled, gone.requirements.disabled_reason) == (False, "rejected.fraud")
    refused(lambda: client.v1.accounts.reject(seller, {"reason": "other"}))
    assert client.v1.accounts.unreject(seller).charges_enabled
    refused(lambda: client.v1.accounts.unreject(seller))
    topup = client.v1.topups.create({"amount": 500, "currency": "usd"})
    sandbox.control(f"topups/{topup.id}/arrive")
    client.v1.transfers.create({"amount": 500, "currency": "usd", "destination": seller})
    with pytest.raises(stripe.InvalidRequestError, match="500 usd"):
        client.v1.accounts.delete(seller)
    client.v1.payouts.create({"amount": 500, "currency": "usd"}, {"stripe_account": seller})
    assert client.v1.accounts.delete(seller).deleted
    refused(lambda: client.v1.accounts.retrieve(seller), "resource_missing")
    assert [each.id for each in client.v1.accounts.list().data] == [other]
    assert client.v2.core.accounts.close(other).closed
    assert client.v2.core.accounts.list().data == []
    refused(lambda: client.v1.transfers.create({"amount": 1, "currency": "usd", "destination": other}))
    eventually(lambda: listener.types().count("v2.core.account.closed") == 2)
