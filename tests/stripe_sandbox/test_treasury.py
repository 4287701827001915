"""Financial accounts and virtual cards of connected accounts, through the SDK."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import Sandbox, eventually, follow_link, make_link, make_seller, pay

HOLDER = {
    "name": "Ada Seller", "type": "individual", "email": "ada@example.com",
    "billing": {"address": {"line1": "1 Main St", "city": "Austin", "postal_code": "78701", "country": "US"}},
    "individual": {"first_name": "Ada", "last_name": "Seller"},
}  # fmt: skip
WISHES = {
    "supported_currencies": ["usd"],
    "features": {
        "card_issuing": {"requested": True},
        "financial_addresses": {"aba": {"requested": True}},
        "intra_stripe_flows": {"requested": True},
    },
}


@pytest.fixture
def seller(sandbox: Sandbox, client: stripe.StripeClient) -> str:
    """An account that may have a financial account and cards."""
    account = make_seller(sandbox)
    for name in ("treasury", "card_issuing"):
        assert client.v1.accounts.capabilities.update(account, name, {"requested": True}).status == "active"
    return account


@pytest.fixture
def on(seller: str) -> dict[str, str]:
    return {"stripe_account": seller}


def cash(client: stripe.StripeClient, account: str, on) -> tuple[int, int, int]:
    has = client.v1.treasury.financial_accounts.retrieve(account, options=on).balance
    return has.cash["usd"], has.inbound_pending["usd"], has.outbound_pending["usd"]


def funded(client: stripe.StripeClient, on, amount: int) -> str:
    account = client.v1.treasury.financial_accounts.create(WISHES, on).id
    credit = {"amount": amount, "currency": "usd", "financial_account": account, "network": "ach"}
    client.v1.test_helpers.treasury.received_credits.create(credit, on)
    return account


def test_a_financial_account_needs_its_capability_and_shows_four_digits(sandbox, client, listener):
    account = make_seller(sandbox)
    on, api = {"stripe_account": account}, client.v1.treasury.financial_accounts
    with pytest.raises(stripe.InvalidRequestError, match="treasury capability"):
        api.create(WISHES, on)
    assert client.v1.accounts.capabilities.retrieve(account, "treasury").status == "unrequested"
    client.v1.accounts.capabilities.update(account, "treasury", {"requested": True})
    assert client.v1.accounts.retrieve(account).capabilities.treasury == "active"

    made = api.create(WISHES, on)

    assert made.active_features == ["card_issuing", "financial_addresses.aba", "intra_stripe_flows"]
    (address,) = made.financial_addresses
    assert not hasattr(address.aba, "account_number")
    shown = api.retrieve(made.id, {"expand": ["financial_addresses.aba.account_number"]}, on)
    assert shown.financial_addresses[0].aba.account_number[-4:] == address.aba.account_number_last4
    assert cash(client, made.id, on) == (0, 0, 0)
    assert [each.id for each in api.list(options=on).data] == [made.id]
    with pytest.raises(stripe.InvalidRequestError):
        api.retrieve(made.id)  # of the platform it is not
    eventually(lambda: "treasury.financial_account.features_status_updated" in listener.types())


def test_features_are_asked_for_and_given_up(client, on):
    api = client.v1.treasury.financial_accounts
    made = api.create({"supported_currencies": ["usd"], "nickname": "Mine"}, on)
    assert made.active_features == []

    after = api.features.update(made.id, {"outbound_transfers": {"ach": {"requested": True}}}, on)

    assert after.outbound_transfers.ach.status == "active"
    assert after.card_issuing.status_details[0].code == "capability_not_requested"
    api.features.update(made.id, {"outbound_transfers": {"ach": {"requested": False}}}, on)
    assert not api.features.retrieve(made.id, options=on).outbound_transfers.ach.requested
    assert api.update(made.id, {"nickname": "Savings"}, on).nickname == "Savings"
    assert api.close(made.id, options=on).status == "closed"
    with pytest.raises(stripe.InvalidRequestError, match="closed"):
        api.update(made.id, {"nickname": "x"}, on)
    for number in range(4):
        if number < 3:
            api.create({"supported_currencies": ["usd"]}, on)
        else:
            with pytest.raises(stripe.InvalidRequestError, match="at most 3"):
                api.create({"supported_currencies": ["usd"]}, on)


def test_a_payout_to_the_financial_account_is_cash_at_once(sandbox, client, seller, on, listener):
    api = client.v1.treasury.financial_accounts
    made = api.create(WISHES, on)
    aba = api.retrieve(made.id, {"expand": ["financial_addresses.aba.account_number"]}, on).financial_addresses[0].aba
    bank = client.v1.accounts.external_accounts.create(
        seller,
        {
            "external_account": {
                "object": "bank_account", "country": "US", "currency": "usd",
                "routing_number": aba.routing_number, "account_number": aba.account_number,
            },
            "default_for_currency": True,
        },
    )  # fmt: skip
    pay(sandbox, follow_link(sandbox, make_link(client, seller).url), "4000000000000077")

    payout = client.v1.payouts.create({"amount": 5_000, "currency": "usd"}, on)

    assert (payout.destination, payout.status) == (bank.id, "paid")
    assert cash(client, made.id, on) == (5_000, 0, 0)
    (credit,) = client.v1.treasury.received_credits.list({"financial_account": made.id}, on).data
    assert (credit.amount, credit.linked_flows.source_flow) == (5_000, payout.id)
    (moved,) = client.v1.treasury.transactions.list({"financial_account": made.id}, on).data
    assert (moved.status, moved.balance_impact.cash, moved.flow) == ("posted", 5_000, credit.id)
    eventually(lambda: "treasury.received_credit.succeeded" in listener.types())


def test_transfers_are_pending_until_the_bank_speaks(client, on):
    account = funded(client, on, 1_000)
    moves, play = client.v1.treasury, client.v1.test_helpers.treasury
    wish = {"currency": "usd", "financial_account": account}
    inward = {**wish, "amount": 700, "origin_payment_method": "pm_usBankAccount"}
    outward = {**wish, "amount": 400, "destination_payment_method": "pm_usBankAccount"}

    first = moves.inbound_transfers.create(inward, on)
    sent = moves.outbound_transfers.create(outward, on)
    assert cash(client, account, on) == (600, 700, 400)
    assert play.inbound_transfers.succeed(first.id, options=on).status == "succeeded"
    assert play.outbound_transfers.post(sent.id, options=on).status == "posted"
    assert cash(client, account, on) == (1_300, 0, 0)

    second = moves.inbound_transfers.create(inward, on)
    back = moves.outbound_transfers.create(outward, on)
    assert play.inbound_transfers.fail(second.id, options=on).failure_details.code == "insufficient_funds"
    assert moves.outbound_transfers.cancel(back.id, options=on).status == "canceled"
    assert cash(client, account, on) == (1_300, 0, 0)
    with pytest.raises(stripe.InvalidRequestError, match="canceled"):
        moves.outbound_transfers.cancel(back.id, options=on)
    with pytest.raises(stripe.InvalidRequestError) as poor:
        moves.outbound_transfers.create({**outward, "amount": 1_301}, on)
    assert poor.value.code == "insufficient_funds"


def test_a_virtual_card_is_frozen_used_again_and_canceled_for_good(client, on, listener):
    account = funded(client, on, 1_000)
    holder = client.v1.issuing.cardholders.create(HOLDER, on)
    limits = {"spending_limits": [{"amount": 20_000, "interval": "monthly"}]}
    wish = {"type": "virtual", "currency": "usd", "cardholder": holder.id, "financial_account": account}
    cards = client.v1.issuing.cards

    card = cards.create({**wish, "status": "active", "spending_controls": limits}, on)

    assert (card.brand, card.type, card.status, len(card.last4)) == ("Visa", "virtual", "active", 4)
    assert (getattr(card, "number", None), getattr(card, "cvc", None)) == (None, None)
    assert (card.cardholder.id, card.spending_controls.spending_limits[0].amount) == (holder.id, 20_000)
    assert cards.update(card.id, {"status": "inactive"}, on).status == "inactive"
    assert cards.update(card.id, {"status": "active"}, on).status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="Cancel the cards"):
        client.v1.treasury.financial_accounts.close(funded_to_nothing(client, account, on), options=on)
    assert cards.update(card.id, {"status": "canceled", "cancellation_reason": "lost"}, on).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="canceled"):
        cards.update(card.id, {"status": "active"}, on)
    assert [each.id for each in cards.list({"cardholder": holder.id}, on).data] == [card.id]
    eventually(lambda: {"issuing_card.created", "issuing_card.updated"} <= set(listener.types()))


def funded_to_nothing(client: stripe.StripeClient, account: str, on) -> str:
    wish = {"currency": "usd", "financial_account": account, "destination_payment_method": "pm_usBankAccount"}
    out = client.v1.treasury.outbound_transfers.create({**wish, "amount": 1_000}, on)
    client.v1.test_helpers.treasury.outbound_transfers.post(out.id, options=on)
    return account


def test_what_issuing_refuses(sandbox, client, on):
    account = funded(client, on, 100)
    holder = client.v1.issuing.cardholders.create(HOLDER, on).id
    cards = client.v1.issuing.cards
    wish = {"type": "virtual", "currency": "usd", "cardholder": holder, "financial_account": account}
    with pytest.raises(stripe.InvalidRequestError, match="positive"):
        cards.create({**wish, "spending_controls": {"spending_limits": [{"amount": 0, "interval": "daily"}]}}, on)
    with pytest.raises(stripe.InvalidRequestError, match="No such cardholder"):
        cards.create({**wish, "cardholder": "ich_x"}, on)
    with pytest.raises(stripe.InvalidRequestError, match="usd"):
        cards.create({**wish, "currency": "eur"}, on)
    with pytest.raises(stripe.InvalidRequestError, match="at most 24"):
        client.v1.issuing.cardholders.create({**HOLDER, "name": "A" * 25}, on)
    client.v1.issuing.cardholders.update(holder, {"status": "inactive"}, on)
    with pytest.raises(stripe.InvalidRequestError, match="not active"):
        cards.create({**wish, "status": "active"}, on)
    assert client.v1.issuing.cardholders.retrieve(holder, options=on).status == "inactive"
    other = {"stripe_account": make_seller(sandbox)}
    with pytest.raises(stripe.InvalidRequestError, match="card_issuing capability"):
        client.v1.issuing.cardholders.create(HOLDER, other)
