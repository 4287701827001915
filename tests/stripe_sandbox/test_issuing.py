"""Issued cards used: authorized, captured, refunded, disputed; designs, shipping and tokens of wallets."""

import pytest

from tests.stripe_sandbox.conftest import eventually, refused
from tests.stripe_sandbox.test_treasury import HOLDER, cash, funded, on, seller

__all__ = ["on", "seller"]


@pytest.fixture
def card(client, on):
    account = funded(client, on, 50_000)
    holder = client.v1.issuing.cardholders.create({**HOLDER, "phone_number": "+15551234567"}, on)
    return client.v1.issuing.cards.create(
        {"cardholder": holder.id, "currency": "usd", "type": "virtual", "status": "active",
         "financial_account": account}, on,
    )  # fmt: skip


def use(client, card, on, amount=1_000, **more):
    params = {"card": card.id, "amount": amount, "currency": "usd", **more}
    return client.v1.test_helpers.issuing.authorizations.create(params, on)


def test_a_purchase_is_held_taken_and_given_back(client, card, on, listener):
    account, helpers = card.financial_account, client.v1.test_helpers.issuing
    held = use(client, card, on, merchant_data={"category": "book_stores", "name": "Books"})
    assert (held.approved, held.status, held.request_history[0].reason) == (True, "pending", "card_active")
    assert cash(client, account, on) == (49_000, 0, 1_000)
    more = helpers.authorizations.increment(held.id, {"increment_amount": 500}, on)
    assert (more.amount, len(more.request_history)) == (1_500, 2)
    assert helpers.authorizations.reverse(held.id, {"reverse_amount": 200}, on).amount == 1_300
    done = helpers.authorizations.capture(held.id, {"capture_amount": 1_200}, on)
    assert (done.status, done.transactions[0].amount) == ("closed", -1_200)
    assert cash(client, account, on) == (48_800, 0, 0)
    (debit,) = client.v1.treasury.received_debits.list({"financial_account": account}, on).data
    move = done.transactions[0].id
    assert (debit.amount, debit.linked_flows.issuing_transaction) == (1_200, move)
    refused(lambda: helpers.authorizations.capture(held.id, options=on))
    back = helpers.transactions.refund(move, {"refund_amount": 200}, on)
    assert (back.type, back.amount) == ("refund", 200)
    refused(lambda: helpers.transactions.refund(move, {"refund_amount": 1_001}, on))
    helpers.transactions.create_force_capture({"card": card.id, "amount": 300, "currency": "usd"}, on)
    helpers.transactions.create_unlinked_refund({"card": card.id, "amount": 100, "currency": "usd"}, on)
    assert cash(client, account, on) == (48_800, 0, 0)
    assert len(client.v1.issuing.transactions.list({"type": "refund"}, on).data) == 2
    assert client.v1.issuing.transactions.update(move, {"metadata": {"a": "b"}}, on).metadata["a"] == "b"
    assert client.v1.issuing.authorizations.update(held.id, {"metadata": {"a": "b"}}, on).metadata["a"] == "b"
    entries = client.v1.treasury.transaction_entries.list({"financial_account": account, "limit": 100}, on).data
    assert {"issuing_authorization_hold", "issuing_authorization_release"} <= {each.type for each in entries}
    assert sum(each.balance_impact.cash for each in entries) == 48_800
    assert client.v1.treasury.transaction_entries.retrieve(entries[0].id, options=on).id == entries[0].id
    names = {"issuing_authorization.created", "issuing_authorization.updated", "issuing_transaction.created"}
    eventually(lambda: names <= set(listener.types()))


def test_a_hold_ends_unused(client, card, on):
    helpers = client.v1.test_helpers.issuing.authorizations
    first, second, third = (use(client, card, on) for _ in range(3))
    assert helpers.expire(first.id, options=on).status == "expired"
    assert helpers.reverse(second.id, options=on).status == "reversed"
    assert helpers.finalize_amount(third.id, {"final_amount": 700}, on).amount == 700
    assert cash(client, card.financial_account, on) == (49_300, 0, 700)
    assert len(client.v1.issuing.authorizations.list({"status": "expired", "card": card.id}, on).data) == 1


@pytest.mark.parametrize(
    ("controls", "more", "reason"),
    [
        ({"spending_limits": [{"amount": 900, "interval": "per_authorization"}]}, {}, "spending_controls"),
        ({"spending_limits": [{"amount": 1_500, "interval": "monthly"}]}, {"again": True}, "spending_controls"),
        ({"blocked_categories": ["book_stores"]}, {"merchant_data": {"category": "book_stores"}}, "spending_controls"),
        ({"allowed_merchant_countries": ["DE"]}, {}, "spending_controls"),
        ({}, {"amount": 60_000}, "insufficient_funds"),
    ],
)
def test_a_card_that_may_not_is_declined(client, card, on, controls, more, reason):
    client.v1.issuing.cards.update(card.id, {"spending_controls": controls}, on)
    given = dict(more)
    if given.pop("again", False):
        assert use(client, card, on).approved
    found = use(client, card, on, **given)
    assert (found.approved, found.status, found.request_history[0].reason) == (False, "closed", reason)


def test_a_frozen_card_and_a_suspected_fraud_are_declined(client, card, on):
    risky = use(client, card, on, risk_assessment={"fraud_risk": {"level": "highest"}})
    assert (risky.request_history[0].reason, risky.fraud_challenges[0].status) == ("suspected_fraud", "pending")
    helpers = client.v1.test_helpers.issuing.authorizations
    assert helpers.respond(risky.id, {"confirmed": True}, on).verified_by_fraud_challenge
    refused(lambda: helpers.respond(risky.id, {"confirmed": True}, on))
    client.v1.issuing.cards.update(card.id, {"status": "inactive"}, on)
    assert use(client, card, on).request_history[0].reason == "card_inactive"


def test_who_listens_decides(sandbox, client, card, on):
    client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/", "enabled_events": ["issuing_authorization.request"], "connect": True}
    )
    asks = use(client, card, on, is_amount_controllable=True)
    assert (asks.approved, asks.pending_request.amount) == (False, 1_000)
    assert client.v1.issuing.authorizations.approve(asks.id, {"amount": 600}, on).amount == 600
    refused(lambda: client.v1.issuing.authorizations.approve(asks.id, options=on))
    other = use(client, card, on)
    assert (
        client.v1.issuing.authorizations.decline(other.id, options=on).request_history[0].reason == "webhook_declined"
    )
    late = use(client, card, on)
    sandbox.clock.ahead_s += 3
    shown = client.v1.issuing.authorizations.retrieve(late.id, options=on)
    assert (shown.status, shown.request_history[0].reason) == ("closed", "webhook_timeout")


def test_a_purchase_is_disputed(sandbox, client, card, on, listener):
    held = use(client, card, on)
    move = client.v1.test_helpers.issuing.authorizations.capture(held.id, options=on).transactions[0].id
    api = client.v1.issuing.disputes
    dispute = api.create({"transaction": move, "amount": 400}, on)
    refused(lambda: api.create({"transaction": move}, on))
    refused(lambda: api.submit(dispute.id, options=on), "parameter_missing")
    api.update(
        dispute.id, {"evidence": {"reason": "not_received", "not_received": {"explanation": "Nothing came"}}}, on
    )
    assert api.submit(dispute.id, options=on).status == "submitted"
    refused(lambda: api.update(dispute.id, {"amount": 5}, on))
    won = sandbox.control(f"issuing_disputes/{dispute.id}/decide", {"outcome": "won"})
    assert (won["status"], cash(client, card.financial_account, on)[0]) == ("won", 49_400)
    (back,) = client.v1.treasury.debit_reversals.list({"financial_account": card.financial_account}, on).data
    assert back.linked_flows.issuing_dispute == dispute.id
    held = use(client, card, on)
    move = client.v1.test_helpers.issuing.authorizations.capture(held.id, options=on).transactions[0].id
    slow = api.create({"transaction": move}, on)
    sandbox.control("clock/advance", {"seconds": 111 * 86_400})
    assert api.retrieve(slow.id, options=on).status == "expired"
    names = {f"issuing_dispute.{each}" for each in ("created", "submitted", "closed", "funds_reinstated")}
    eventually(lambda: names <= set(listener.types()))


def test_a_physical_card_is_designed_sent_and_put_on_a_phone(sandbox, client, card, on, listener):
    designs, helpers = client.v1.issuing.personalization_designs, client.v1.test_helpers.issuing
    bundles = client.v1.issuing.physical_bundles
    assert bundles.retrieve("icpb_standard", options=on).type == "standard"
    assert [each.id for each in bundles.list({"type": "custom"}, on).data] == ["icpb_custom"]
    design = designs.create({"physical_bundle": "icpb_standard", "lookup_key": "k", "name": "Plain"}, on)
    refused(
        lambda: designs.create({"physical_bundle": "icpb_standard", "lookup_key": "k"}, on), "resource_already_exists"
    )
    refused(lambda: designs.create({"physical_bundle": "icpb_custom"}, on))
    other = designs.create({"physical_bundle": "icpb_standard"}, on)
    rejected = helpers.personalization_designs.reject(other.id, {"rejection_reasons": {"carrier_text": ["other"]}}, on)
    assert (rejected.status, rejected.rejection_reasons.carrier_text) == ("rejected", ["other"])
    where = {
        "name": "Ada",
        "address": {"line1": "1 Main St", "city": "Austin", "postal_code": "78701", "country": "US"},
    }
    wish = {"cardholder": card.cardholder.id, "currency": "usd", "type": "physical", "status": "active",
            "financial_account": card.financial_account, "shipping": where,
            "personalization_design": design.id}  # fmt: skip
    refused(lambda: client.v1.issuing.cards.create(wish, on))
    assert helpers.personalization_designs.activate(design.id, options=on).status == "active"
    made = client.v1.issuing.cards.create({**wish, "replacement_for": card.id, "replacement_reason": "lost"}, on)
    assert client.v1.issuing.cards.retrieve(card.id, options=on).replaced_by == made.id
    refused(lambda: helpers.cards.deliver_card(made.id, options=on))
    helpers.cards.submit_card(made.id, options=on)
    assert helpers.cards.ship_card(made.id, options=on).shipping.tracking_number
    assert helpers.cards.deliver_card(made.id, options=on).shipping.status == "delivered"
    refused(lambda: helpers.cards.fail_card(made.id, options=on))
    refused(lambda: helpers.cards.return_card(card.id, options=on))
    assert helpers.personalization_designs.deactivate(design.id, options=on).status == "inactive"
    assert designs.update(design.id, {"name": "New", "preferences": {"is_default": True}}, on).name == "New"
    assert [each.id for each in designs.list({"lookup_keys": ["k"], "status": "inactive"}, on).data] == [design.id]
    token = sandbox.control(f"issuing_cards/{card.id}/phone", {"wallet": "google_pay"})
    tokens = client.v1.issuing.tokens
    assert tokens.update(token["id"], {"status": "active"}, on).wallet_provider == "google_pay"
    refused(lambda: tokens.update(token["id"], {"status": "active"}, on))
    assert [each.id for each in tokens.list({"card": card.id, "status": "active"}, on).data] == [token["id"]]
    assert tokens.retrieve(token["id"], options=on).network == "visa"
    eventually(lambda: {"issuing_token.created", "issuing_personalization_design.rejected"} <= set(listener.types()))
