"""Financial accounts: payments to others, what comes back, and what is taken."""

from tests.stripe_sandbox.conftest import eventually, refused
from tests.stripe_sandbox.test_treasury import WISHES, cash, funded, on, seller

__all__ = ["on", "seller"]


def test_somebody_else_is_paid(client, on, listener):
    account = funded(client, on, 10_000)
    other = client.v1.treasury.financial_accounts.create(WISHES, on).id
    api, bank = client.v1.treasury.outbound_payments, client.v1.test_helpers.treasury.outbound_payments
    inside = api.create(
        {"financial_account": account, "amount": 1_000, "currency": "usd",
         "destination_payment_method_data": {"type": "financial_account", "financial_account": other}}, on,
    )  # fmt: skip
    assert (inside.status, cash(client, account, on), cash(client, other, on)) == (
        "posted", (9_000, 0, 0), (1_000, 0, 0),
    )  # fmt: skip
    to_bank = {"type": "us_bank_account", "us_bank_account": {
        "account_holder_type": "individual", "account_number": "000123456789",
        "routing_number": "110000000"}}  # fmt: skip
    wish = {"financial_account": account, "amount": 500, "currency": "usd", "destination_payment_method_data": to_bank}
    sent, failed, called_back = (api.create(wish, on) for _ in range(3))
    assert cash(client, account, on) == (7_500, 0, 1_500)
    tracked = bank.update(sent.id, {"tracking_details": {"type": "ach", "ach": {"trace_id": "t1"}}}, on)
    assert tracked.tracking_details.ach.trace_id == "t1"
    assert bank.post(sent.id, options=on).status == "posted"
    back = bank.return_outbound_payment(sent.id, {"returned_details": {"code": "no_account"}}, on)
    assert (back.status, back.returned_details.code) == ("returned", "no_account")
    refused(lambda: bank.return_outbound_payment(sent.id, options=on))
    assert bank.fail(failed.id, options=on).status == "failed"
    assert api.cancel(called_back.id, options=on).status == "canceled"
    assert cash(client, account, on) == (9_000, 0, 0)
    assert len(api.list({"financial_account": account, "status": "returned"}, on).data) == 1
    assert api.retrieve(sent.id, options=on).id == sent.id
    refused(lambda: api.create({**wish, "amount": 99_999}, on), "insufficient_funds")
    refused(lambda: api.create({"financial_account": account, "amount": 1, "currency": "usd"}, on))
    names = {f"treasury.outbound_payment.{each}" for each in ("created", "posted", "returned", "failed", "canceled")}
    eventually(lambda: names <= set(listener.types()))


def test_transfers_come_back(client, on):
    account, test = funded(client, on, 10_000), client.v1.test_helpers.treasury
    common = {"financial_account": account, "amount": 2_000, "currency": "usd"}
    drawn = client.v1.treasury.inbound_transfers.create({**common, "origin_payment_method": "pm_usBankAccount"}, on)
    refused(lambda: test.inbound_transfers.return_inbound_transfer(drawn.id, options=on))
    test.inbound_transfers.succeed(drawn.id, options=on)
    assert test.inbound_transfers.return_inbound_transfer(drawn.id, options=on).returned
    sent = client.v1.treasury.outbound_transfers.create(
        {**common, "destination_payment_method": "pm_usBankAccount"}, on
    )
    test.outbound_transfers.post(sent.id, options=on)
    test.outbound_transfers.update(sent.id, {"tracking_details": {"type": "ach", "ach": {"trace_id": "t"}}}, on)
    assert test.outbound_transfers.return_outbound_transfer(sent.id, options=on).status == "returned"
    assert cash(client, account, on) == (10_000, 0, 0)
    kinds = {each.type for each in client.v1.treasury.transaction_entries.list({"financial_account": account}, on).data}
    assert {"inbound_transfer_return", "outbound_transfer_posting", "outbound_transfer_return"} <= kinds


def test_credits_are_sent_back_and_debits_demanded_back(sandbox, client, on):
    account = funded(client, on, 3_000)
    (credit,) = client.v1.treasury.received_credits.list({"financial_account": account}, on).data
    back = client.v1.treasury.credit_reversals.create({"received_credit": credit.id}, on)
    assert (back.status, cash(client, account, on)) == ("posted", (0, 0, 0))
    refused(lambda: client.v1.treasury.credit_reversals.create({"received_credit": credit.id}, on))
    assert client.v1.treasury.credit_reversals.retrieve(back.id, options=on).id == back.id
    assert len(client.v1.treasury.credit_reversals.list({"financial_account": account}, on).data) == 1
    debits = client.v1.test_helpers.treasury.received_debits
    wish = {"financial_account": account, "amount": 500, "currency": "usd", "network": "ach"}
    assert debits.create(wish, on).failure_code == "insufficient_funds"
    client.v1.test_helpers.treasury.received_credits.create({**wish, "amount": 2_000}, on)
    taken, late = debits.create(wish, on), debits.create(wish, on)
    assert cash(client, account, on) == (1_000, 0, 0)
    demanded = client.v1.treasury.debit_reversals.create({"received_debit": taken.id}, on)
    assert (demanded.status, cash(client, account, on)) == ("succeeded", (1_500, 0, 0))
    refused(lambda: client.v1.treasury.debit_reversals.create({"received_debit": taken.id}, on))
    assert client.v1.treasury.debit_reversals.retrieve(demanded.id, options=on).id == demanded.id
    sandbox.control("clock/advance", {"seconds": 3 * 86_400})
    refused(lambda: client.v1.treasury.debit_reversals.create({"received_debit": late.id}, on))
    assert client.v1.treasury.received_debits.retrieve(late.id, options=on).status == "succeeded"
