"""Money that goes other ways: top-ups, payouts called back, charges without an intent, reversals, reviews."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import eventually, follow_link, make_link, make_seller, pay

WEEK_S = 7 * 86_400


def available(client, **options):
    return client.v1.balance.retrieve(options=options).available[0].amount


def top_up(client, **more):
    return client.v1.topups.create({"amount": 5_000, "currency": "usd", **more})


def test_a_top_up_arrives_when_its_bank_has_sent_it(sandbox, client, listener):
    topup = top_up(client, description="float", transfer_group="g")
    assert (topup.status, available(client), client.v1.balance.retrieve().pending[0].amount) == ("pending", 0, 5_000)
    sandbox.control(f"topups/{topup.id}/arrive")
    assert (client.v1.topups.retrieve(topup.id).status, available(client)) == ("succeeded", 5_000)
    late = top_up(client)
    sandbox.control("clock/advance", {"seconds": 5 * 86_400})
    assert (client.v1.topups.retrieve(late.id).status, available(client)) == ("succeeded", 10_000)
    eventually(lambda: listener.types().count("topup.succeeded") == 2)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.topups.cancel(topup.id)


def test_a_top_up_that_does_not_arrive_leaves_nothing(sandbox, client):
    refused, canceled = top_up(client), top_up(client, metadata={"a": "b"})
    failed = sandbox.control(f"topups/{refused.id}/fail")
    assert (failed["status"], failed["failure_code"]) == ("failed", "insufficient_funds")
    assert client.v1.topups.cancel(canceled.id).status == "canceled"
    assert client.v1.balance.retrieve().pending[0].amount == 0
    assert [each.type for each in client.v1.balance_transactions.list({"source": canceled.id}).data] == [
        "topup_reversal", "topup",
    ]  # fmt: skip
    assert [each.id for each in client.v1.topups.list({"status": "canceled"}).data] == [canceled.id]
    assert client.v1.topups.list({"amount": {"gt": 5_000}}).data == []
    assert len(client.v1.topups.list({"amount": 5_000}).data) == 2
    assert client.v1.topups.update(canceled.id, {"description": "no", "metadata": {"a": ""}}).description == "no"
    with pytest.raises(stripe.InvalidRequestError):
        top_up(client, amount=0)


@pytest.fixture
def seller(sandbox, client):
    seller = make_seller(sandbox)
    sandbox.control(f"topups/{top_up(client).id}/arrive")
    client.v1.transfers.create({"amount": 4_000, "currency": "usd", "destination": seller})
    return seller


def test_a_payout_is_called_back_before_it_leaves(sandbox, client, seller):
    own = {"stripe_account": seller}
    payout = client.v1.payouts.create({"amount": 1_000, "currency": "usd", "method": "instant"}, own)
    gone = client.v1.payouts.cancel(payout.id, options=own)
    assert (gone.status, available(client, **own)) == ("canceled", 4_000)
    assert client.v1.payouts.update(payout.id, {"metadata": {"a": "b"}}, own).metadata["a"] == "b"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payouts.cancel(payout.id, options=own)


def test_a_payout_is_reversed_after_it_arrived(sandbox, client, seller):
    own = {"stripe_account": seller}
    payout = client.v1.payouts.create({"amount": 1_000, "currency": "usd"}, own)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payouts.reverse(payout.id, options=own)
    sandbox.control(f"payouts/{payout.id}/pay")
    back = client.v1.payouts.reverse(payout.id, {"metadata": {"a": "b"}}, own)
    assert (back.amount, back.original_payout, back.metadata["a"]) == (-1_000, payout.id, "b")
    assert client.v1.payouts.retrieve(payout.id, options=own).reversed_by == back.id
    sandbox.control("clock/advance", {"seconds": WEEK_S})
    assert available(client, **own) == 4_000
    for again in (payout.id, back.id):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payouts.reverse(again, options=own)
    mine = client.v1.payouts.create({"amount": 100, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="connected"):
        client.v1.payouts.reverse(mine.id)


def test_a_reversal_is_read_and_marked(client, seller):
    (transfer,) = client.v1.transfers.list().data
    reversal = client.v1.transfers.reversals.create(transfer.id, {"amount": 500})
    assert client.v1.transfers.reversals.retrieve(transfer.id, reversal.id).amount == 500
    marked = client.v1.transfers.reversals.update(transfer.id, reversal.id, {"metadata": {"a": "b"}})
    assert marked.metadata["a"] == "b"
    assert client.v1.transfers.retrieve(transfer.id).reversals.data[0].metadata["a"] == "b"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.transfers.reversals.retrieve(transfer.id, "trr_nobody")


def charge(client, source="tok_visa", **more):
    return client.v1.charges.create({"amount": 2_000, "currency": "usd", "source": source, **more})


def test_a_token_is_charged_without_an_intent(sandbox, client, listener):
    seller = make_seller(sandbox)
    made = charge(client, application_fee_amount=300, transfer_data={"destination": seller}, metadata={"a": "b"})
    assert (made.status, made.captured, made.payment_intent, made.metadata["a"]) == ("succeeded", True, None, "b")
    assert available(client, stripe_account=seller) == 0
    assert client.v1.balance.retrieve(options={"stripe_account": seller}).pending[0].amount == 1_700
    refund = client.v1.refunds.create({"charge": made.id, "reverse_transfer": True, "refund_application_fee": True})
    assert client.v1.charges.retrieve(made.id).refunded
    with pytest.raises(stripe.InvalidRequestError, match="requires_action"):
        client.v1.refunds.cancel(refund.id)
    with pytest.raises(stripe.CardError) as declined:
        charge(client, "tok_chargeDeclined")
    assert client.v1.charges.retrieve(declined.value.error.charge).status == "failed"
    for wrong in ({"source": "tok_nobody"}, {"source": "card_1"}, {"amount": 1}):
        with pytest.raises(stripe.InvalidRequestError):
            charge(client, **wrong)
    eventually(lambda: {"charge.succeeded", "charge.failed", "charge.refunded"} <= set(listener.types()))
    charge(client, "tok_createDispute")
    assert len(client.v1.disputes.list().data) == 1


def test_a_charge_may_hold_first(sandbox, client, listener):
    held = charge(client, capture=False)
    assert (held.captured, held.amount_captured, client.v1.balance_transactions.list().data) == (False, 0, [])
    taken = client.v1.charges.capture(held.id, {"amount": 1_500})
    assert (taken.captured, taken.amount_captured, taken.amount_refunded) == (True, 1_500, 500)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.charges.capture(held.id)
    assert refused.value.code == "charge_already_captured"
    late = charge(client, capture=False)
    sandbox.control("clock/advance", {"seconds": WEEK_S})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.charges.capture(late.id)
    assert refused.value.code == "charge_expired_for_capture"
    eventually(lambda: {"charge.captured", "charge.expired"} <= set(listener.types()))
    of_intent = client.v1.payment_intents.create(
        {"amount": 900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
         "capture_method": "manual", "allowed_payment_method_types": ["card"]}
    )  # fmt: skip
    assert client.v1.charges.capture(of_intent.latest_charge).captured
    assert client.v1.payment_intents.retrieve(of_intent.id).status == "succeeded"


def test_a_review_is_approved_or_closed_by_what_happens(sandbox, client, listener):
    for _ in range(2):
        pay(sandbox, follow_link(sandbox, make_link(client).url))
    first, second = client.v1.charges.list().data
    review = sandbox.control(f"charges/{first.id}/review")
    assert (review["open"], review["reason"]) == (True, "rule")
    shown = client.v1.charges.retrieve(first.id, {"expand": ["review", "payment_intent.review"]})
    assert shown.review.id == shown.payment_intent.review.id == review["id"]
    done = client.v1.reviews.approve(review["id"])
    assert (done.open, done.closed_reason) == (False, "approved")
    assert client.v1.charges.retrieve(first.id).review is None
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.reviews.approve(review["id"])
    other = sandbox.control(f"charges/{second.id}/review")
    client.v1.refunds.create({"charge": second.id})
    assert client.v1.reviews.retrieve(other["id"]).closed_reason == "refunded"
    assert len(client.v1.reviews.list().data) == 2
    eventually(lambda: (listener.types().count("review.opened"), listener.types().count("review.closed")) == (2, 2))
