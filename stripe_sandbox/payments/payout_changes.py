"""Payouts changed after they were made: their metadata, called back before they left, reversed after they arrived."""

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import change, show_plain
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.balance import book, fee_detail
from stripe_sandbox.payments.payouts import find_payout
from stripe_sandbox.store import PLATFORM, Row


def update_payout(call: Call, params: Body, payout_id: str) -> Body:
    """Change the metadata of a payout."""
    row = find_payout(call, payout_id)
    previous = change(row, params, ())
    call.tx.save(row)
    emit(call, "payout.updated", row.body, account=call.account, previous=previous)
    return show_plain(call, row)


def cancel_payout(call: Call, params: Body, payout_id: str) -> Body:
    """Call a payout back that has not left yet."""
    del params
    row = find_payout(call, payout_id)
    if row.body["status"] != "pending" or row.body["automatic"]:
        what = "automatic" if row.body["automatic"] else row.body["status"]
        raise invalid(f"Payouts can only be canceled while they are pending and were made by hand; this one is {what}.")
    booked = book(
        call, row.account, "payout_cancel", "payout_reversal", row.body["amount"], row.body["currency"], row.id,
        available_on=call.now, fees=_fees_back(call, row), description="STRIPE PAYOUT CANCEL",
    )  # fmt: skip
    row.body.update(status="canceled", failure_balance_transaction=booked.id)
    call.tx.save(row)
    emit(call, "payout.canceled", row.body, account=call.account)
    return show_plain(call, row)


def _fees_back(call: Call, row: Row) -> list[Body]:
    paid = call.tx.get(row.body["balance_transaction"])
    fee = paid.body["fee"] if paid else 0
    return [fee_detail(-fee, row.body["currency"], "payout_fee", "Instant payout fee refund")] if fee else []


def reverse_payout(call: Call, params: Body, payout_id: str) -> Body:
    """Take a payout back from the bank account of a connected account: a payout of its own, over less than nothing."""
    row = find_payout(call, payout_id)
    if call.account == PLATFORM or row.body["type"] != "bank_account":
        raise invalid("Only payouts of connected accounts to bank accounts in the United States can be reversed.")
    if row.body["status"] != "paid" or row.body["reversed_by"] or row.body["original_payout"]:
        raise invalid("Only a paid payout that is no reversal and has none can be reversed.")
    amount = -row.body["amount"]
    body: Body = {
        **{name: value for name, value in row.body.items() if name not in ("id", "object")},
        "amount": amount,
        "automatic": False,
        "balance_transaction": None,
        "created": call.now,
        "metadata": merge_metadata({}, params.get("metadata")),
        "original_payout": row.id,
        "reconciliation_status": "not_applicable",
        "status": "pending",
    }
    back = call.add("payout", body)
    booked = book(
        call, call.account, "payout", "payout", -amount, row.body["currency"], back.id,
        available_on=row.body["arrival_date"] - row.created + call.now, description="STRIPE PAYOUT REVERSAL",
    )  # fmt: skip
    back.body["balance_transaction"] = booked.id
    row.body["reversed_by"] = back.id
    for each in (back, row):
        call.tx.save(each)
    emit(call, "payout.created", back.body, account=call.account)
    emit(call, "payout.updated", row.body, account=call.account, previous={"reversed_by": None})
    return show_plain(call, back)


_ONE = "/v1/payouts/{payout}"
OPERATIONS = {
    f"POST {_ONE}": Operation(update_payout, {"metadata": ANY}),
    f"POST {_ONE}/cancel": Operation(cancel_payout),
    f"POST {_ONE}/reverse": Operation(reverse_payout, {"metadata": ANY}),
}
