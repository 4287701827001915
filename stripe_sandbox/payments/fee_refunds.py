"""Application fees given back: from the platform to the account they were taken from."""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, show_plain
from stripe_sandbox.ids import new_id
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.balance import book
from stripe_sandbox.store import PLATFORM, Row

KIND: Final = "fee_refund"


def take_fee_back(call: Call, fee: Row, amount: int, metadata: dict[str, str] | None = None) -> Row:
    """Take an amount of a fee from the platform; what the account gets is booked by the caller."""
    back_id, currency = new_id(KIND), fee.body["currency"]
    booked = book(
        call, PLATFORM, "application_fee_refund", "platform_earning_refund", -amount, currency, back_id,
        available_on=call.now,
    )  # fmt: skip
    body: Body = {
        "id": back_id,
        "amount": amount,
        "balance_transaction": booked.id,
        "created": call.now,
        "currency": currency,
        "fee": fee.id,
        "metadata": metadata or {},
    }
    back = call.add(KIND, body, account=PLATFORM)
    fee.body["amount_refunded"] += amount
    fee.body["refunded"] = fee.body["amount_refunded"] == fee.body["amount"]
    fee.body["refunds"]["data"].insert(0, back.body)
    call.tx.save(fee)
    emit(call, "application_fee.refunded", fee.body, account=PLATFORM)
    return back


def create_fee_refund(call: Call, params: Body, fee_id: str) -> Body:
    """Give a fee back to the account, all that is left of it or `amount`."""
    fee = _fee(call, fee_id)
    left = fee.body["amount"] - fee.body["amount_refunded"]
    amount = params.get("amount", left)
    if left == 0:
        raise invalid(f"Application fee {fee.id} has already been refunded.", code="charge_already_refunded")
    if not 0 < amount <= left:
        raise invalid(f"Refund amount is greater than unrefunded amount on the fee ({left}).", param="amount")
    back = take_fee_back(call, fee, amount, merge_metadata({}, params.get("metadata")))
    give_fee_back(call, fee, back)
    return show_plain(call, back)


def give_fee_back(call: Call, fee: Row, back: Row) -> None:
    """Book what the account gets of a fee that was taken back from the platform."""
    book(
        call, fee.body["account"], "application_fee_refund", "platform_earning_refund", back.body["amount"],
        fee.body["currency"], back.id, available_on=call.now,
    )  # fmt: skip


def _fee(call: Call, fee_id: str) -> Row:
    fee = call.tx.get(fee_id, "application_fee", call.account)
    if fee is None:
        raise missing("fee", fee_id)
    return fee


def _find(call: Call, fee_id: str, refund_id: str) -> Row:
    row = call.tx.get(refund_id, KIND, call.account)
    if row is None or row.body["fee"] != _fee(call, fee_id).id:
        raise missing("application fee refund", refund_id)
    return row


def retrieve_fee_refund(call: Call, params: Body, fee_id: str, refund_id: str) -> Body:
    """Give one refund of a fee."""
    del params
    return show_plain(call, _find(call, fee_id, refund_id))


def update_fee_refund(call: Call, params: Body, fee_id: str, refund_id: str) -> Body:
    """Change the metadata of a refund of a fee."""
    row, fee = _find(call, fee_id, refund_id), _fee(call, fee_id)
    row.body["metadata"] = merge_metadata(row.body["metadata"], params.get("metadata"))
    call.tx.save(row)
    fee.body["refunds"]["data"] = [row.body if each["id"] == row.id else each for each in fee.body["refunds"]["data"]]
    call.tx.save(fee)
    emit(call, "application_fee.refund.updated", row.body, account=PLATFORM)
    return show_plain(call, row)


def list_fee_refunds(call: Call, params: Body, fee_id: str) -> Body:
    """Give a page of what was returned of an application fee."""
    fee = _fee(call, fee_id)
    url = f"/v1/application_fees/{fee.id}/refunds"
    return list_objects(call, KIND, params, url, show_plain, where="body ->> '$.fee' = ?", values=(fee.id,))


OPERATIONS = {
    "GET /v1/application_fees/{id}/refunds": Operation(list_fee_refunds, PAGED),
    "POST /v1/application_fees/{id}/refunds": Operation(create_fee_refund, {"amount": ANY, "metadata": ANY}),
    "GET /v1/application_fees/{fee}/refunds/{id}": Operation(retrieve_fee_refund),
    "POST /v1/application_fees/{fee}/refunds/{id}": Operation(update_fee_refund, {"metadata": ANY}),
}
