"""Direct charges: a connected account is paid itself, and the platform takes its fee."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import eventually, make_seller


@pytest.fixture
def own(sandbox):
    return {"stripe_account": make_seller(sandbox)}


def direct(client, own, method="pm_card_visa", **more):
    params = {"amount": 10_000, "currency": "usd", "payment_method": method, "confirm": True,
              "allowed_payment_method_types": ["card"], "application_fee_amount": 1_000, **more}  # fmt: skip
    return client.v1.payment_intents.create(params, own)


def nets(client, options=None):
    return [(each.type, each.net) for each in client.v1.balance_transactions.list(options=options or {}).data]


def test_the_account_is_paid_and_bears_the_fees(client, own, listener):
    intent = direct(client, own)
    charge = client.v1.charges.retrieve(intent.latest_charge, options=own)
    assert (intent.status, charge.application_fee_amount, charge.transfer_data) == ("succeeded", 1_000, None)
    assert nets(client, own) == [("charge", 10_000 - 320 - 1_000)]
    (moved,) = client.v1.balance_transactions.list(options=own).data
    assert [each.type for each in moved.fee_details] == ["stripe_fee", "application_fee"]
    assert nets(client) == [("application_fee", 1_000)]
    (fee,) = client.v1.application_fees.list().data
    assert (fee.account, fee.charge, fee.originating_transaction, charge.application_fee) == (
        own["stripe_account"], charge.id, None, fee.id,
    )  # fmt: skip
    assert client.v1.charges.list().data == []
    assert client.v1.payment_intents.list().data == []
    eventually(
        lambda: {"charge.succeeded", "payment_intent.succeeded", "application_fee.created"} <= set(listener.types())
    )
    told = {body["type"]: body.get("account") for body in listener.bodies()}
    assert told["charge.succeeded"] == told["payment_intent.created"] == own["stripe_account"]
    assert told["application_fee.created"] is None


def test_a_refund_is_the_account_s_and_the_fee_comes_back_if_asked(sandbox, client, own, listener):
    intent = direct(client, own)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": intent.id})
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 5_000, "refund_application_fee": True}, own)
    assert nets(client, own)[:2] == [("application_fee_refund", 500), ("refund", -5_000)]
    assert nets(client)[0] == ("application_fee_refund", -500)
    last = client.v1.refunds.create({"payment_intent": intent.id}, own)
    assert client.v1.charges.retrieve(intent.latest_charge, options=own).refunded
    assert sandbox.control(f"refunds/{last.id}/fail")["status"] == "failed"
    assert nets(client, own)[0] == ("refund_failure", 5_000)
    eventually(lambda: "refund.failed" in listener.types())
    assert {body.get("account") for body in listener.bodies() if body["type"].startswith("refund.")} == {
        own["stripe_account"]
    }


def test_a_dispute_takes_the_account_s_money(sandbox, client, own):
    intent = direct(client, own, "pm_card_createDispute")
    (dispute,) = client.v1.disputes.list(options=own).data
    assert (dispute.payment_intent, client.v1.disputes.list().data) == (intent.id, [])
    assert nets(client, own)[0] == ("adjustment", -11_500)
    client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "mine"}}, own)
    sandbox.control(f"disputes/{dispute.id}/decide", {"outcome": "won"})
    assert nets(client, own)[0] == ("adjustment", 11_500)
    assert nets(client) == [("application_fee", 1_000)]


def test_its_customers_cards_and_holds_are_its_own(sandbox, client, own):
    customer = client.v1.customers.create({"email": "a@b.co"}, own).id
    setup = client.v1.setup_intents.create(
        {"customer": customer, "payment_method": "pm_card_threeDSecureRequired", "confirm": True,
         "return_url": "http://127.0.0.1:1/back"}, own,
    )  # fmt: skip
    sandbox.web.post(setup.next_action.redirect_to_url.url, data={"answer": "complete"})
    (card,) = client.v1.customers.payment_methods.list(customer, options=own).data
    paid = direct(client, own, card.id, customer=customer, off_session=True)
    assert paid.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError):
        direct(client, {}, card.id, application_fee_amount=0)
    asks = direct(client, own, "pm_card_authenticationRequired")
    assert sandbox.control(f"intents/{asks.id}/authenticate")["status"] == "succeeded"
    assert len(client.v1.charges.list(options=own).data) == 2
    held = direct(client, own, capture_method="manual")
    late = direct(client, own, capture_method="manual")
    part = {"amount_to_capture": 5_000, "application_fee_amount": 6_000}
    assert client.v1.payment_intents.capture(held.id, part, own).amount_received == 5_000
    # The platform's fee is at most what is captured.
    assert nets(client, own)[0] == ("charge", 5_000 - 175 - 5_000)
    sandbox.control("clock/advance", {"seconds": 7 * 86_400})
    assert client.v1.payment_intents.retrieve(late.id, options=own).cancellation_reason == "automatic"
    with pytest.raises(stripe.CardError):
        direct(client, own, "pm_card_chargeDeclined")
    assert len(client.v1.application_fees.list().data) == 3


def test_an_account_that_may_not_take_payments_takes_none(sandbox, client, own):
    other = {"stripe_account": make_seller(sandbox, approved=False)}
    with pytest.raises(stripe.InvalidRequestError, match="cannot currently make charges"):
        direct(client, other)
    with pytest.raises(stripe.InvalidRequestError):
        direct(client, own, application_fee_amount=10_001)
    with pytest.raises(stripe.StripeError) as unbuilt:
        direct(sandbox.client(), own, transfer_data={"destination": own["stripe_account"]})
    assert unbuilt.value.http_status == 501
