"""Readers: registered, told what to do, and given cards by tests."""

import pytest

from tests.stripe_sandbox.conftest import eventually, make_customer, refused


@pytest.fixture
def reader(client):
    place = client.v1.terminal.locations.create(
        {"display_name": "Shop", "address": {"country": "US", "line1": "1 Main St", "city": "Austin", "state": "TX",
                                             "postal_code": "78701"}}
    )  # fmt: skip
    return client.v1.terminal.readers.create({"registration_code": "simulated-s700", "location": place.id}).id


def intent(client, amount=1_000):
    params = {"amount": amount, "currency": "usd", "allowed_payment_method_types": ["card_present"]}
    return client.v1.payment_intents.create(params).id


def test_a_card_is_held_to_a_reader(client, reader, listener):
    readers, customer = client.v1.terminal.readers, client.v1.test_helpers.terminal.readers
    first = intent(client)
    assert readers.process_payment_intent(reader, {"payment_intent": first}).action.status == "in_progress"
    refused(lambda: readers.process_payment_intent(reader, {"payment_intent": intent(client)}), "terminal_reader_busy")
    assert customer.present_payment_method(reader, {"amount_tip": 150}).action.status == "succeeded"
    assert client.v1.payment_intents.retrieve(first).amount_received == 1_150
    second = intent(client)
    readers.collect_payment_method(reader, {"payment_intent": second})
    customer.present_payment_method(reader, {"type": "card_present", "card_present": {"number": "4000000000000002"}})
    failed = readers.confirm_payment_intent(reader, {"payment_intent": second})
    assert (failed.action.status, failed.action.failure_code) == ("failed", "card_declined")
    readers.refund_payment(reader, {"payment_intent": first, "amount": 150})
    back = customer.present_payment_method(reader)
    assert client.v1.refunds.retrieve(back.action.refund_payment.refund).amount == 150
    setup = client.v1.setup_intents.create(
        {"customer": make_customer(client), "allowed_payment_method_types": ["card"]}
    )
    readers.process_setup_intent(reader, {"setup_intent": setup.id, "allow_redisplay": "always"})
    customer.present_payment_method(reader)
    assert client.v1.setup_intents.retrieve(setup.id).status == "succeeded"
    refused(lambda: customer.present_payment_method(reader))
    names = {f"terminal.reader.action_{each}" for each in ("updated", "succeeded", "failed")}
    eventually(lambda: names <= set(listener.types()))


def test_a_reader_shows_asks_and_is_stopped(client, reader):
    readers, customer = client.v1.terminal.readers, client.v1.test_helpers.terminal.readers
    cart = {"currency": "usd", "total": 500, "line_items": [{"description": "Tea", "amount": 500, "quantity": 1}]}
    shown = readers.set_reader_display(reader, {"type": "cart", "cart": cart})
    assert shown.action.set_reader_display.cart.total == 500
    choice = {"choices": [{"id": "y", "text": "Yes"}, {"id": "n", "text": "No"}]}
    asks = {"inputs": [{"type": "email", "custom_text": {"title": "Mail"}},
                       {"type": "selection", "custom_text": {"title": "Sure?"}, "selection": choice,
                        "required": True}]}  # fmt: skip
    readers.collect_inputs(reader, asks)
    done = customer.succeed_input_collection(reader, {"skip_non_required_inputs": "all"}).action.collect_inputs.inputs
    assert (done[0].skipped, done[1].selection.text) == (True, "Yes")
    readers.collect_inputs(reader, asks)
    assert customer.timeout_input_collection(reader).action.failure_code == "terminal_reader_timeout"
    readers.collect_inputs(reader, asks)
    assert readers.cancel_action(reader).action is None
    assert readers.update(reader, {"label": "Till"}).label == "Till"
    assert [each.id for each in readers.list({"status": "online"}).data] == [reader]
    assert readers.retrieve(reader).device_type == "simulated_stripe_s700"
    assert readers.delete(reader).deleted
    refused(lambda: readers.create({"registration_code": "puppies"}))


def test_places_settings_and_secrets(client):
    api = client.v1.terminal
    setting = api.configurations.create({"name": "Ours", "reboot_window": {"start_hour": 2, "end_hour": 4}})
    assert (setting.is_account_default, setting.reboot_window.end_hour) == (True, 4)
    tips = api.configurations.update(setting.id, {"tipping": {"usd": {"percentages": [10, 15]}}})
    assert tips.tipping.usd.percentages == [10, 15]
    refused(lambda: api.configurations.update(setting.id, {"reboot_window": {"start_hour": 2, "end_hour": 24}}))
    place = api.locations.create(
        {"display_name": "Shop", "address": {"country": "US", "city": "Austin"}, "configuration_overrides": setting.id}
    )
    assert api.locations.update(place.id, {"display_name": "Store", "phone": "+1555"}).display_name == "Store"
    assert api.locations.retrieve(place.id).configuration_overrides == setting.id
    assert api.connection_tokens.create({"location": place.id}).secret.startswith("pst_test_")
    refused(lambda: api.connection_tokens.create({"location": "tml_x"}), "resource_missing")
    link = api.onboarding_links.create(
        {"link_type": "apple_terms_and_conditions",
         "link_options": {"apple_terms_and_conditions": {"merchant_display_name": "Shop"}}}
    )  # fmt: skip
    assert link.redirect_url.startswith("http://127.0.0.1")
    assert [each.id for each in api.locations.list().data] == [place.id]
    assert api.locations.delete(place.id).deleted
    assert [each.id for each in api.configurations.list({"is_account_default": True}).data] == [setting.id]
    assert api.configurations.retrieve(setting.id).name == "Ours"
    assert api.configurations.delete(setting.id).deleted
