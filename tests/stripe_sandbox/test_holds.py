"""Cards that are only authorised: held, captured whole or in part, let go, and let go by themselves after a week."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import eventually, make_seller, pay

WEEK_S = 7 * 86_400


@pytest.fixture
def held(sandbox, client):
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [
                {"quantity": 1, "price_data": {
                    "currency": "usd", "unit_amount": 20_000, "product_data": {"name": "A bid"}}}
            ],
            "payment_intent_data": {"capture_method": "manual", "transfer_group": "bid"},
            "success_url": "http://127.0.0.1:1/back",
        }
    )  # fmt: skip
    assert pay(sandbox, session.url).status_code == 303
    (intent,) = client.v1.payment_intents.list().data
    return intent


def charge_of(client, intent):
    return client.v1.charges.retrieve(intent.latest_charge)


def test_a_hold_moves_no_money(client, held):
    charge = charge_of(client, held)
    (session,) = client.v1.checkout.sessions.list().data
    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 20_000, 0)
    assert (charge.status, charge.captured, charge.balance_transaction) == ("succeeded", False, None)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert client.v1.balance_transactions.list().data == []


def test_capturing_a_part_lets_the_rest_go(sandbox, client, held):
    taken = client.v1.payment_intents.capture(held.id, {"amount_to_capture": 15_000})

    assert (taken.status, taken.amount_received, taken.amount_capturable) == ("succeeded", 15_000, 0)
    charge = charge_of(client, held)
    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, 15_000, 5_000)
    (moved,) = client.v1.balance_transactions.list().data
    assert (moved.amount, moved.fee) == (15_000, 465)
    (rest,) = client.v1.refunds.list({"charge": charge.id}).data
    assert (rest.amount, rest.balance_transaction, rest.status) == (5_000, None, "succeeded")
    assert client.v1.events.list({"type": "refund.created"}).data == []
    seller = make_seller(sandbox)
    sent = client.v1.transfers.create(
        {"amount": 15_000, "currency": "usd", "destination": seller, "source_transaction": charge.id}
    )
    assert sent.amount == 15_000
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.v1.refunds.create({"charge": charge.id, "amount": 15_001})
    client.v1.refunds.create({"charge": charge.id})
    assert charge_of(client, held).refunded


def test_what_was_let_go_cannot_be_captured(client, held):
    gone = client.v1.payment_intents.cancel(held.id, {"cancellation_reason": "abandoned"})

    assert (gone.status, gone.amount_capturable, gone.cancellation_reason) == ("canceled", 0, "abandoned")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.capture(held.id)
    assert refused.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.cancel(held.id)
    assert client.v1.balance_transactions.list().data == []


def test_a_hold_ends_by_itself_after_a_week(sandbox, client, listener, held):
    sandbox.control("clock/advance", {"seconds": WEEK_S - 60})
    assert client.v1.payment_intents.retrieve(held.id).status == "requires_capture"
    sandbox.control("clock/advance", {"seconds": 60})

    gone = client.v1.payment_intents.retrieve(held.id)
    assert (gone.status, gone.cancellation_reason) == ("canceled", "automatic")
    eventually(lambda: {"charge.expired", "payment_intent.canceled"} <= set(listener.types()))


@pytest.mark.parametrize("amount", [0, 20_001])
def test_more_than_is_held_or_nothing_cannot_be_captured(client, held, amount):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.capture(held.id, {"amount_to_capture": amount})
    assert client.v1.payment_intents.retrieve(held.id).status == "requires_capture"
