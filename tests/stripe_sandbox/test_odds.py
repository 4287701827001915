"""What few platforms meet: climate orders, trial offers, catalog imports, risk asked for, 3D Secure on its own."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import eventually, make_customer, refused


def test_tons_are_ordered(client, listener):
    api = client.v1.climate
    product = api.products.retrieve("climsku_rock")
    price = product.current_prices_per_metric_ton["usd"]["amount_total"]
    order = api.orders.create({"product": product.id, "metric_tons": "2", "beneficiary": {"public_name": "Ada"}})
    assert (order.amount_total, order.status, order.expected_delivery_year) == (
        2 * price,
        "confirmed",
        product.delivery_year,
    )
    by_amount = api.orders.create({"product": product.id, "amount": price * 3})
    assert float(by_amount.metric_tons) == 3
    assert api.orders.update(order.id, {"beneficiary": {"public_name": "Bob"}}).beneficiary.public_name == "Bob"
    assert api.orders.cancel(order.id).cancellation_reason == "requested"
    refused(lambda: api.orders.cancel(order.id))
    refused(lambda: api.orders.create({"product": "climsku_x", "amount": 5}), "resource_missing")
    refused(lambda: api.orders.create({"product": product.id}))
    assert len(api.orders.list().data) == 2
    assert api.orders.retrieve(order.id).id == order.id
    assert [each.id for each in api.products.list().data] == ["climsku_air", "climsku_rock"]
    assert api.suppliers.retrieve(product.suppliers[0].id).id == api.suppliers.list().data[1].id
    refused(lambda: api.suppliers.retrieve("climsup_x"), "resource_missing")
    refused(lambda: api.products.retrieve("climsku_x"), "resource_missing")
    eventually(lambda: {"climate.order.created", "climate.order.canceled"} <= set(listener.types()))


def test_trial_offers_and_imports(client):
    product = client.v1.products.create({"name": "a"}).id
    cheap, usual = (
        client.v1.prices.create(
            {"product": product, "currency": "usd", "unit_amount": amount, "recurring": {"interval": "month"}}
        ).id
        for amount in (100, 900)
    )
    offers = client.v1.product_catalog.trial_offers
    wish = {"price": cheap, "duration": {"type": "relative", "relative": {"iterations": 3}},
            "end_behavior": {"transition": {"price": usual}}}  # fmt: skip
    offer = offers.create(wish)
    assert (offer.duration.relative.iterations, offer.end_behavior.transition.price) == (3, usual)
    assert not offers.update(offer.id, {"active": False}).active
    assert offers.list({"active": True}).data == []
    assert [each.id for each in offers.list({"prices": [cheap]}).data] == [offer.id]
    assert offers.retrieve(offer.id).price == cheap
    refused(lambda: offers.create({**wish, "price": "price_x"}), "resource_missing")
    imports = client.v2.commerce.product_catalog.imports
    made = imports.create({"feed_type": "product", "mode": "upsert", "metadata": {}})
    assert made.status_details.awaiting_upload.upload_url.url
    assert imports.retrieve(made.id).mode == "upsert"
    assert imports.list({"feed_type": "pricing"}).data == []
    assert [each.id for each in imports.list({"status": "awaiting_upload"}).data] == [made.id]


def test_risk_is_asked_for(client):
    def advice(method, email):
        return client.v1.radar.payment_evaluations.create(
            {"customer_details": {"email": email},
             "payment_details": {"amount": 900, "currency": "usd",
                                 "payment_method_details": {"payment_method": method}}}
        )  # fmt: skip

    assert advice("pm_card_visa", "a@b.co").recommended_action == "continue"
    bad = advice("pm_card_createDispute", "a@b.co")
    assert (bad.recommended_action, bad.signals.fraudulent_payment.risk_level) == ("block", "highest")
    listed = client.v1.radar.value_lists.create({"alias": "block_mail", "name": "Bad", "item_type": "email"})
    client.v1.radar.value_list_items.create({"value_list": listed.id, "value": "eve@b.co"})
    assert advice("pm_card_visa", "Eve@b.co").recommended_action == "block"


def test_a_card_is_authenticated_on_its_own(sandbox, client, listener):
    api = client.v1.three_d_secure.authentications
    browser = {"accept_header": "*/*", "ip_address": "127.0.0.1", "javascript_enabled": False, "language": "en",
               "user_agent": "test"}  # fmt: skip
    wish = {"channel": {"type": "browser", "browser": browser}, "message_category": "payment_authentication",
            "amount": 900, "currency": "usd", "submit": "always"}  # fmt: skip
    smooth = api.create({**wish, "payment_method": "pm_card_visa"})
    assert (smooth.status, smooth.outcome, smooth.outcome_details.eci) == ("succeeded", "authenticated", "05")
    asks = api.create({**wish, "payment_method": "pm_card_authenticationRequired"})
    assert (asks.status, bool(asks.challenge_url)) == ("requires_challenge", True)
    assert sandbox.control(f"authentications/{asks.id}/answer", {"passed": False})["status"] == "failed"
    begun = api.create({**wish, "payment_method": "pm_card_visa", "submit": "never"})
    assert api.submit(begun.id).status == "succeeded"
    refused(lambda: api.submit(begun.id))
    refused(lambda: api.cancel(begun.id))
    other = api.create(
        {**wish, "submit": "never", "payment_method_data": {"type": "card", "card": {"token": "tok_visa"}}}
    )
    assert api.cancel(other.id).status == "canceled"
    assert [each.id for each in api.list({"status": "failed"}).data] == [asks.id]
    assert api.retrieve(smooth.id).directory_server == "visa"
    with pytest.raises(stripe.StripeError) as unbuilt:
        api.create({**wish, "payment_method_data": {"type": "card", "card": {"number": "4242424242424242"}}})
    assert unbuilt.value.http_status == 501
    names = {
        f"three_d_secure.authentication.{each}" for each in ("succeeded", "failed", "canceled", "requires_challenge")
    }
    eventually(lambda: names <= set(listener.types()))


def test_small_deposits_prove_a_bank_account(client):
    bank = {"allowed_payment_method_types": ["us_bank_account"], "payment_method": "pm_usBankAccount_success",
            "confirm": True,
            "payment_method_options": {"us_bank_account": {"verification_method": "microdeposits"}}}  # fmt: skip
    intents, setups = client.v1.payment_intents, client.v1.setup_intents
    debit = intents.create({"amount": 900, "currency": "usd", **bank})
    assert (debit.status, debit.next_action.type) == ("requires_action", "verify_with_microdeposits")
    mismatch = "payment_method_microdeposit_verification_amounts_mismatch"
    refused(lambda: intents.verify_microdeposits(debit.id, {"amounts": [1, 2]}), mismatch)
    assert intents.verify_microdeposits(debit.id, {"amounts": [45, 32]}).status == "processing"
    refused(lambda: intents.verify_microdeposits(debit.id, {"amounts": [45, 32]}), "payment_intent_unexpected_state")
    agreed = {"mandate_data": {"customer_acceptance": {"type": "offline", "offline": {}}}}
    setup = setups.create({"customer": make_customer(client), **bank, **agreed})
    assert setups.verify_microdeposits(setup.id, {"descriptor_code": "SM11AA"}).status == "succeeded"
    late = intents.create({"amount": 900, "currency": "usd", **bank}).id
    for _ in range(3):
        refused(lambda: intents.verify_microdeposits(late, {"descriptor_code": "SM00XX"}))
    assert intents.retrieve(late).status == "requires_payment_method"
