"""Money in API v2: the financial account, what comes in, payout methods, and payments to recipients."""

import pytest

from tests.stripe_sandbox.conftest import eventually, make_seller, refused

USD = "usd"


@pytest.fixture
def api(client):
    return client.v2.money_management


@pytest.fixture
def account(client, api):
    """The platform's financial account with 1,000.00 on it."""
    found = api.financial_accounts.list().data[0].id
    address = api.financial_addresses.create(
        {"financial_account": found, "type": "bank_account", "bank_account": {"currency": USD}}
    )
    api.test_helpers.financial_addresses.credit(
        address.id, {"amount": {"value": 100_000, "currency": USD}, "network": "ach"}
    )
    return found


@pytest.fixture
def paid_to(sandbox, client, api):
    """A recipient with a payout method of its own."""
    seller = make_seller(sandbox)
    on = {"stripe_context": seller}
    bank = {"account_number": "000123456789", "routing_number": "110000000", "country": "us", "currency": USD}
    api.outbound_setup_intents.create({"payout_method_data": {"type": "bank_account", "bank_account": bank}}, on)
    return seller


def has(api, account):
    found = api.financial_accounts.retrieve(account).balance
    return found.available[USD].value, found.outbound_pending[USD].value


def wish(account, seller, value=20_000, **more):
    return {"from": {"financial_account": account, "currency": USD}, "amount": {"value": value, "currency": USD},
            "to": {"recipient": seller}, **more}  # fmt: skip


def test_money_comes_in_by_bank_and_by_debit(client, api, account, listener):
    assert has(api, account) == (100_000, 0)
    assert api.financial_accounts.update(account, {"display_name": "Ours"}).display_name == "Ours"
    (credit,) = api.received_credits.list().data
    assert (credit.amount.value, api.received_credits.retrieve(credit.id).status) == (100_000, "succeeded")
    vault = client.v2.core.vault.us_bank_accounts
    bank = vault.create({"account_number": "000123456789", "routing_number": "110000000", "currency": USD})
    draw = {"from": {"payment_method": bank.id}, "to": {"financial_account": account, "currency": USD},
            "amount": {"value": 5_000, "currency": USD}}  # fmt: skip
    refused(lambda: api.inbound_transfers.create(draw))
    assert vault.send_microdeposits(bank.id).verification.status == "awaiting_verification"
    assert vault.confirm_microdeposits(bank.id, {"amounts": [1, 2]}).verification.status == "awaiting_verification"
    assert vault.confirm_microdeposits(bank.id, {"amounts": [45, 32]}).verification.status == "verified"
    assert [each.id for each in vault.list({"verification_status": "verified"}).data] == [bank.id]
    drawn = api.inbound_transfers.create(draw)
    assert [each.type for each in drawn.transfer_history][-1] == "bank_debit_succeeded"
    assert api.inbound_transfers.retrieve(drawn.id).from_.payment_method.us_bank_account == bank.id
    assert len(api.inbound_transfers.list().data) == 1
    assert has(api, account)[0] == 105_000
    moves = api.transactions.list({"financial_account": account}).data
    assert [each.category for each in moves] == ["inbound_transfer", "received_credit"]
    assert api.transactions.update(moves[0].id, {"description": "Drawn"}).description == "Drawn"
    assert api.transactions.refresh_regulatory_receipt(moves[0].id).regulatory_receipt.status == "not_applicable"
    assert len(api.transactions.list({"flow": drawn.id}).data) == 1
    entries = api.transaction_entries.list({"transaction": moves[0].id}).data
    assert sum(each.balance_impact.available.value for each in entries) == 5_000
    assert api.transaction_entries.retrieve(entries[0].id).transaction == moves[0].id
    address = api.financial_addresses.list({"financial_account": account}).data[0]
    assert api.financial_addresses.retrieve(address.id).status == "active"
    names = {f"v2.money_management.{each}" for each in ("inbound_transfer.available", "received_credit.succeeded")}
    eventually(lambda: names <= set(listener.types()))


def test_bank_accounts_of_the_vault(client):
    vault = client.v2.core.vault
    british = vault.gb_bank_accounts.create({"account_number": "00012345", "sort_code": "108800", "currency": "gbp"})
    assert (british.last4, british.archived) == ("2345", False)
    assert vault.gb_bank_accounts.archive(british.id).archived
    refused(lambda: vault.gb_bank_accounts.archive(british.id))
    assert not vault.gb_bank_accounts.unarchive(british.id).archived
    assert vault.gb_bank_accounts.retrieve(british.id).id == vault.gb_bank_accounts.list().data[0].id
    refused(lambda: vault.gb_bank_accounts.create({"currency": "gbp"}))
    ours = vault.us_bank_accounts.create({"account_number": "000123456789", "currency": USD})
    assert vault.us_bank_accounts.update(ours.id, {"routing_number": "110000000"}).routing_number == "110000000"
    refused(lambda: vault.us_bank_accounts.update(ours.id, {"routing_number": "1"}), "routing_number_invalid")
    vault.us_bank_accounts.send_microdeposits(ours.id)
    for _ in range(3):
        wrong = vault.us_bank_accounts.confirm_microdeposits(ours.id, {"descriptor_code": "SM00XX"})
    assert wrong.verification.status == "verification_failed"
    assert vault.us_bank_accounts.archive(ours.id).archived
    assert not vault.us_bank_accounts.unarchive(ours.id).archived
    assert vault.us_bank_accounts.retrieve(ours.id).last4 == "6789"


def test_a_recipient_is_paid(sandbox, api, account, paid_to, listener):
    payment = api.outbound_payments.create(wish(account, paid_to))
    assert (payment.status, has(api, account)) == ("processing", (80_000, 20_000))
    assert api.outbound_payments.cancel(payment.id).status == "canceled"
    refused(lambda: api.outbound_payments.cancel(payment.id))
    second, third = (api.outbound_payments.create(wish(account, paid_to)).id for _ in range(2))
    sandbox.control(f"outbound_payments/{second}/end", {"outcome": "failed"})
    sandbox.control("clock/advance", {"seconds": 86_401})
    assert [api.outbound_payments.retrieve(each).status for each in (second, third)] == ["failed", "posted"]
    assert has(api, account) == (80_000, 0)
    sandbox.control(f"outbound_payments/{third}/end", {"outcome": "returned"})
    assert has(api, account) == (100_000, 0)
    assert len(api.outbound_payments.list({"recipient": paid_to, "status": ["returned"]}).data) == 1
    refused(lambda: api.outbound_payments.create(wish(account, paid_to, 100_001)), "balance_insufficient")
    refused(lambda: api.outbound_payments.create(wish(account, make_seller(sandbox))), "resource_missing")
    refused(
        lambda: api.outbound_payments.create(wish(account, make_seller(sandbox, approved=False))),
        "insufficient_capabilities_for_transfer",
    )
    names = {f"v2.money_management.outbound_payment.{each}" for each in ("created", "posted", "returned", "failed")}
    eventually(lambda: names <= set(listener.types()))
    adjusted = sandbox.control(f"financial_accounts/{account}/adjust", {"amount": -100, "description": "Fee"})
    assert (has(api, account)[0], api.adjustments.retrieve(adjusted["id"]).amount.value) == (99_900, -100)
    assert len(api.adjustments.list().data) == 1


def test_methods_are_set_up_checked_and_put_away(client, api, account, paid_to):
    on = {"stripe_context": paid_to}
    (method,) = api.payout_methods.list({"usage_status": {"payments": ["eligible"]}}, on).data
    assert (method.bank_account.last4, api.payout_methods.retrieve(method.id, options=on).archived) == ("6789", False)
    assert api.payout_methods_bank_account_spec.retrieve({"countries": ["US"]}).countries["US"].fields
    waits = api.outbound_setup_intents.create({"usage_intent": "transfer"}, on)
    assert waits.status == "requires_payout_method"
    done = api.outbound_setup_intents.update(waits.id, {"payout_method": method.id}, on)
    assert (done.status, done.payout_method.usage_status.transfers) == ("succeeded", "eligible")
    refused(lambda: api.outbound_setup_intents.cancel(waits.id, options=on))
    other = api.outbound_setup_intents.create({}, on)
    assert api.outbound_setup_intents.cancel(other.id, options=on).status == "canceled"
    assert api.outbound_setup_intents.retrieve(waits.id, options=on).id == waits.id
    assert len(api.outbound_setup_intents.list(options=on).data) == 3
    close = client.v2.test_helpers.money_management.recipient_verifications(
        {"payout_method": method.id, "recipient": paid_to, "match_result": "close_match"}
    )
    refused(lambda: api.outbound_payments.create(wish(account, paid_to, recipient_verification=close.id)))
    assert api.recipient_verifications.acknowledge(close.id).status == "acknowledged"
    payment = api.outbound_payments.create(wish(account, paid_to, recipient_verification=close.id))
    used = api.recipient_verifications.retrieve(close.id)
    assert (used.status, used.consumed_by.outbound_payment) == ("consumed", payment.id)
    asked = api.recipient_verifications.create({"payout_method": method.id, "recipient": paid_to})
    assert asked.match_result == "unavailable"
    assert api.payout_methods.archive(method.id, options=on).archived
    refused(lambda: api.outbound_payments.create(wish(account, paid_to)))
    assert not api.payout_methods.unarchive(method.id, options=on).archived


def test_intents_pay_now_later_or_when_confirmed(sandbox, api, account, paid_to):
    now = api.payout_intents.create(wish(account, paid_to))
    assert (now.status, now.latest_payout.type) == ("processing", "outbound_payment")
    sandbox.control("clock/advance", {"seconds": 86_401})
    assert api.payout_intents.retrieve(now.id).status == "posted"
    by_hand = api.payout_intents.create(wish(account, paid_to, confirmation_method="manual"))
    assert (by_hand.status, by_hand.next_action.type) == ("requires_action", "confirm")
    assert api.payout_intents.update(by_hand.id, {"description": "Ours"}).description == "Ours"
    checked = api.payout_intents.refresh_recipient_verification(by_hand.id)
    assert checked.recipient_verification.match_result == "unavailable"
    refused(lambda: api.payout_intents.refresh_fx_quote(by_hand.id))
    assert api.payout_intents.confirm(by_hand.id).status == "processing"
    refused(lambda: api.payout_intents.cancel(by_hand.id))
    later = api.payout_intents.create(wish(account, paid_to, schedule_options={"execute_on": "2099-01-01"}))
    assert later.status == "pending"
    assert api.payout_intents.cancel(later.id).status == "canceled"
    poor = api.payout_intents.create(wish(account, paid_to, 99_999_999))
    assert poor.next_action.handle_failure.failure_reason == "insufficient_funds"
    assert len(api.payout_intents.list().data) == 4
