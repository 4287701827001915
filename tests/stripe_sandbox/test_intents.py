"""Payments and setups made through the API: confirmed, challenged, declined, repeated while the owner is away."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import eventually, make_seller

NEVER = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
BACK = "http://127.0.0.1:1/back?order=1"
ASKS, ALWAYS, KNOWN = (
    "pm_card_threeDSecureRequired",
    "pm_card_authenticationRequired",
    "pm_card_authenticationRequiredSetupForOffSession",
)
POOR = "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds"


def intend(client, method="pm_card_visa", **more):
    params = {"amount": 2_000, "currency": "usd", "confirm": True, **NEVER, **more}
    return client.v1.payment_intents.create({**params, **({"payment_method": method} if method else {})})


def test_a_payment_is_made_step_by_step(client, listener):
    intent = client.v1.payment_intents.create({"amount": 2_000, "currency": "usd", **NEVER, "metadata": {"a": "b"}})
    assert (intent.status, intent.payment_method, intent.automatic_payment_methods.allow_redirects) == (
        "requires_payment_method", None, "never",
    )  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method") as refused:
        client.v1.payment_intents.confirm(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"
    intent = client.v1.payment_intents.update(intent.id, {"amount": 3_000, "payment_method": "pm_card_visa"})
    assert (intent.status, intent.amount) == ("requires_confirmation", 3_000)
    intent = client.v1.payment_intents.confirm(intent.id, {"receipt_email": "a@b.co", "expand": ["latest_charge"]})

    charge = intent.latest_charge
    assert (intent.status, intent.amount_received, charge.receipt_email, charge.metadata["a"]) == (
        "succeeded", 3_000, "a@b.co", "b",
    )  # fmt: skip
    assert client.v1.payment_intents.update(intent.id, {"description": "late"}).description == "late"
    for act in (
        lambda: client.v1.payment_intents.confirm(intent.id),
        lambda: client.v1.payment_intents.update(intent.id, {"amount": 1}),
        lambda: client.v1.payment_intents.cancel(intent.id),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            act()
        assert refused.value.code == "payment_intent_unexpected_state"
    eventually(
        lambda: {"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"} <= set(listener.types())
    )


def test_a_destination_gets_its_share(sandbox, client):
    seller = make_seller(sandbox)
    intent = intend(client, application_fee_amount=300, transfer_data={"destination": seller}, transfer_group="g")
    assert (intent.application_fee_amount, intent.transfer_group) == (300, "g")
    assert sorted(each.net for each in client.v1.balance_transactions.list().data) == [-2_000, 300, 1_912]
    (theirs,) = client.v1.balance_transactions.list(options={"stripe_account": seller}).data
    assert theirs.net == 1_700
    for wrong in (
        {"application_fee_amount": 5},
        {"application_fee_amount": 3_000, "transfer_data": {"destination": seller}},
    ):
        with pytest.raises(stripe.InvalidRequestError):
            intend(client, **wrong)
    later = client.v1.payment_intents.create(
        {"amount": 2_000, "currency": "usd", "application_fee_amount": 100, "transfer_data": {"destination": seller}}
    )
    assert client.v1.payment_intents.update(later.id, {"application_fee_amount": ""}).application_fee_amount is None
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.update(later.id, {"application_fee_amount": 2_001})


def test_a_refusal_is_a_card_error_and_the_intent_outlives_it(client, listener):
    with pytest.raises(stripe.CardError) as declined:
        intend(client, "pm_card_chargeDeclinedInsufficientFunds")
    error = declined.value.error
    assert (error.code, error.decline_code, error.payment_intent.status) == (
        "card_declined", "insufficient_funds", "requires_payment_method",
    )  # fmt: skip
    intent = client.v1.payment_intents.retrieve(error.payment_intent.id)
    assert (intent.last_payment_error.charge, intent.last_payment_error.type) == (error.charge, "card_error")
    assert client.v1.charges.retrieve(error.charge).failure_code == "card_declined"
    eventually(lambda: "payment_intent.payment_failed" in listener.types())
    assert client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"
    assert len(client.v1.charges.list({"payment_intent": intent.id}).data) == 2


def test_a_refusal_repeated_with_its_key_is_the_same_refusal(client):
    def once():
        with pytest.raises(stripe.CardError) as declined:
            client.v1.payment_intents.create(
                {
                    "amount": 500,
                    "currency": "usd",
                    "payment_method": "pm_card_chargeDeclined",
                    "confirm": True,
                    **NEVER,
                },
                {"idempotency_key": "once"},
            )
        return declined.value.error.payment_intent.id

    assert once() == once()
    assert len(client.v1.charges.list().data) == 1


def test_where_redirects_are_allowed_the_way_back_must_be_given(client):
    with pytest.raises(stripe.InvalidRequestError, match="return_url") as refused:
        client.v1.payment_intents.create(
            {"amount": 500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        )
    assert refused.value.param == "return_url"
    assert client.v1.payment_intents.list().data == []
    for more in ({"return_url": BACK}, {"allowed_payment_method_types": ["card"]}):
        intent = client.v1.payment_intents.create(
            {"amount": 500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True, **more}
        )
        assert intent.status == "succeeded"


@pytest.mark.parametrize("passed", [True, False])
def test_the_bank_asks_its_customer(sandbox, client, passed):
    intent = intend(client, ASKS, return_url=BACK)
    assert (intent.status, intent.next_action.type) == ("requires_action", "redirect_to_url")
    url = intent.next_action.redirect_to_url.url
    assert "20.00" in sandbox.web.get(url).text
    answer = sandbox.web.post(url, data={"answer": "complete" if passed else "fail"})

    back = answer.headers["location"]
    assert back.startswith(f"{BACK}&payment_intent={intent.id}&payment_intent_client_secret=")
    assert back.endswith("redirect_status=succeeded" if passed else "redirect_status=failed")
    intent = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    if passed:
        assert intent.latest_charge.payment_method_details.card.three_d_secure.result == "authenticated"
    else:
        assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert intent.status == ("succeeded" if passed else "requires_payment_method")
    assert sandbox.web.get(url).status_code == 410


def test_the_bank_can_be_answered_without_a_page(sandbox, client):
    intent = intend(client, ASKS)
    assert intent.next_action.type == "use_stripe_sdk"
    assert sandbox.control(f"intents/{intent.id}/authenticate")["status"] == "succeeded"
    poor = intend(client, POOR)
    assert (
        sandbox.control(f"intents/{poor.id}/authenticate")["last_payment_error"]["decline_code"] == "insufficient_funds"
    )
    answer = sandbox.web.post(f"{sandbox.url}/_sandbox/intents/{poor.id}/authenticate", json={})
    assert answer.status_code == 400
    with pytest.raises(stripe.InvalidRequestError) as refused:
        intend(client, ASKS, error_on_requires_action=True)
    assert refused.value.code == "payment_intent_payment_attempt_failed"


@pytest.fixture
def customer(client):
    return client.v1.customers.create({"email": "a@b.co"}).id


def set_up(sandbox, client, customer, method):
    setup = client.v1.setup_intents.create({"customer": customer, "payment_method": method, "confirm": True, **NEVER})
    if setup.status == "requires_action":
        sandbox.control(f"intents/{setup.id}/authenticate")
        setup = client.v1.setup_intents.retrieve(setup.id)
    return setup


@pytest.mark.parametrize(("method", "pays"), [("pm_card_visa", True), (ASKS, True), (KNOWN, True), (ALWAYS, False)])
def test_a_card_that_was_set_up_pays_while_its_owner_is_away(sandbox, client, customer, method, pays):
    setup = set_up(sandbox, client, customer, method)
    assert (setup.status, setup.customer, setup.usage) == ("succeeded", customer, "off_session")
    (attempt,) = client.v1.setup_attempts.list({"setup_intent": setup.id}).data
    assert (attempt.status, attempt.id) == ("succeeded", setup.latest_attempt)

    def away():
        return intend(client, setup.payment_method, customer=customer, off_session=True)

    if pays:
        assert away().status == "succeeded"
        assert away().status == "succeeded"
    else:
        with pytest.raises(stripe.CardError) as declined:
            away()
        assert declined.value.code == "authentication_required"
        assert declined.value.error.payment_method.id == setup.payment_method


def test_a_card_that_was_only_attached_is_not_set_up(client, customer):
    card = client.v1.payment_methods.attach(ASKS, {"customer": customer})
    with pytest.raises(stripe.CardError) as declined:
        intend(client, card.id, customer=customer, off_session=True)
    assert declined.value.code == "authentication_required"
    assert intend(client, card.id, customer=customer).status == "requires_action"


def test_a_payment_may_set_the_card_up_too(sandbox, client, customer):
    intent = intend(client, ASKS, customer=customer, setup_future_usage="off_session")
    sandbox.control(f"intents/{intent.id}/authenticate")
    (card,) = client.v1.customers.payment_methods.list(customer).data
    assert intend(client, card.id, customer=customer, off_session=True).status == "succeeded"


def test_a_method_is_used_by_its_owner_or_once(client, customer):
    mine = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    with pytest.raises(stripe.InvalidRequestError, match="belongs to a Customer"):
        intend(client, mine.id)
    once = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    assert intend(client, once.id).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="previously used"):
        intend(client, once.id)


def test_a_setup_lives_its_life(client, customer, listener):
    setup = client.v1.setup_intents.create({"description": "card", **NEVER})
    assert setup.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.setup_intents.confirm(setup.id)
    assert refused.value.code == "setup_intent_unexpected_state"
    setup = client.v1.setup_intents.update(setup.id, {"customer": customer, "payment_method": "pm_card_chargeDeclined"})
    with pytest.raises(stripe.CardError) as declined:
        client.v1.setup_intents.confirm(setup.id)
    assert declined.value.error.setup_intent.last_setup_error.decline_code == "generic_decline"
    assert [each.id for each in client.v1.setup_intents.list({"customer": customer}).data] == [setup.id]
    gone = client.v1.setup_intents.cancel(setup.id, {"cancellation_reason": "abandoned"})
    assert (gone.status, gone.cancellation_reason) == ("canceled", "abandoned")
    for act in (
        client.v1.setup_intents.cancel,
        client.v1.setup_intents.confirm,
        lambda setup_id: client.v1.setup_intents.update(setup_id, {"description": "x"}),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            act(setup.id)
    wanted = {"setup_intent.created", "setup_intent.setup_failed", "setup_intent.canceled"}
    eventually(lambda: wanted <= set(listener.types()))


def test_a_setup_that_is_not_confirmed_waits_for_another_card(sandbox, client, customer):
    setup = client.v1.setup_intents.create(
        {"customer": customer, "payment_method": ASKS, "confirm": True, "return_url": BACK}
    )
    url = setup.next_action.redirect_to_url.url
    assert "saves this card" in sandbox.web.get(url).text
    back = sandbox.web.post(url, data={"answer": "fail"}).headers["location"]
    assert back.endswith("redirect_status=failed")
    setup = client.v1.setup_intents.retrieve(setup.id)
    assert (setup.status, setup.last_setup_error.code) == (
        "requires_payment_method", "setup_intent_authentication_failure",
    )  # fmt: skip


def test_a_bank_account_pays_under_its_mandate(sandbox, client, customer):
    bank = {"customer": customer, "payment_method": "pm_usBankAccount_success", "confirm": True,
            "allowed_payment_method_types": ["us_bank_account"]}  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.setup_intents.create(bank)
    assert refused.value.param == "mandate_data"
    setup = client.v1.setup_intents.create(
        {**bank, "mandate_data": {"customer_acceptance": {"type": "online", "online": {
            "ip_address": "127.0.0.1", "user_agent": "x"}}}}
    )  # fmt: skip
    mandate = client.v1.mandates.retrieve(setup.mandate)
    assert (mandate.status, mandate.payment_method, mandate.type) == ("active", setup.payment_method, "multi_use")
    intent = intend(
        client, setup.payment_method, customer=customer, off_session=True,
        automatic_payment_methods=None, allowed_payment_method_types=["us_bank_account"],
    )  # fmt: skip
    assert intent.status == "processing"
    sandbox.control(f"payment_intents/{intent.id}/bank")
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_an_intent_may_hold_first(client):
    intent = intend(client, capture_method="manual")
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 2_000)
    taken = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1_500})
    assert (taken.status, taken.amount_received) == ("succeeded", 1_500)
    lines = client.raw_request("get", f"/v1/payment_intents/{intent.id}/amount_details_line_items")
    assert client.deserialize(lines, api_mode="V1").data == []


def test_a_card_does_afterwards_what_it_is_for(client):
    intend(client, "pm_card_createDispute")
    intend(client, "pm_card_createIssuerFraudRecord")
    assert len(client.v1.disputes.list().data) == 1
    assert len(client.v1.radar.early_fraud_warnings.list().data) == 1
