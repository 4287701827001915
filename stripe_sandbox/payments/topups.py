"""Top-ups: money from the platform's own bank to its balance. The bank takes days, or refuses.

Source: docs.stripe.com/connect/top-ups.
"""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency, check_step
from stripe_sandbox.errors import invalid, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, change, find, retrieve_of, show_plain
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.balance import book
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import PLATFORM, Row

KIND: Final = "topup"
_ARRIVES_S: Final = 5 * 86_400
_REFUSED: Final = "The bank account has insufficient funds."


def create_topup(call: Call, params: Body) -> Body:
    """Ask the platform's bank for money: it is on its way until the bank has sent it."""
    if call.account != PLATFORM:
        raise not_built("top-ups of connected accounts")
    amount, currency = params["amount"], check_currency(params["currency"])
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    check_step(amount, currency, param="amount")
    arrives = call.now + _ARRIVES_S
    body: Body = {
        **nothing_of(KIND),
        "amount": amount,
        "created": call.now,
        "currency": currency,
        "description": params.get("description"),
        "expected_availability_date": arrives,
        "initiated_by": "user",
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "statement_descriptor": params.get("statement_descriptor"),
        "status": "pending",
        "transfer_group": params.get("transfer_group"),
    }
    row = call.add(KIND, body)
    booked = book(call, PLATFORM, "topup", "topup", amount, currency, row.id, available_on=arrives, description="Topup")
    row.body["balance_transaction"] = booked.id
    call.tx.save(row)
    emit(call, "topup.created", row.body)
    return show_plain(call, row)


def arrive(call: Call, row: Row) -> None:
    """Let the bank send the money: it can be spent from now on."""
    _must_be_pending(row)
    booked = call.tx.get(row.body["balance_transaction"])
    assert booked is not None, "a top-up is booked when it is made"
    booked.body["available_on"] = min(call.now, booked.body["available_on"])
    call.tx.save(booked)
    row.body.update(status="succeeded")
    call.tx.save(row)
    emit(call, "topup.succeeded", row.body)


def refuse(call: Call, row: Row) -> None:
    """Let the bank refuse."""
    _must_be_pending(row)
    _take_back(call, row)
    row.body.update(status="failed", failure_code="insufficient_funds", failure_message=_REFUSED)
    call.tx.save(row)
    emit(call, "topup.failed", row.body)


def cancel_topup(call: Call, params: Body, topup_id: str) -> Body:
    """Call a top-up back while it is on its way."""
    del params
    row = find(call, KIND, topup_id)
    _must_be_pending(row)
    _take_back(call, row)
    row.body["status"] = "canceled"
    call.tx.save(row)
    emit(call, "topup.canceled", row.body)
    return show_plain(call, row)


def _must_be_pending(row: Row) -> None:
    if row.body["status"] != "pending":
        raise invalid(f"This top-up is {row.body['status']}; only a pending one can still change.")


def _take_back(call: Call, row: Row) -> None:
    booked = call.tx.get(row.body["balance_transaction"])
    assert booked is not None, "a top-up is booked when it is made"
    book(
        call, PLATFORM, "topup_reversal", "topup_reversal", -row.body["amount"], row.body["currency"], row.id,
        available_on=booked.body["available_on"], description="Topup reversal",
    )  # fmt: skip


def arrive_due(call: Call) -> int:
    """Let every top-up arrive whose time has come; gives their number."""
    where = "body ->> '$.status' = 'pending' AND body ->> '$.expected_availability_date' <= ?"
    due = call.tx.find(KIND, where, (call.now,))
    for row in due:
        arrive(call, row)
    return len(due)


def update_topup(call: Call, params: Body, topup_id: str) -> Body:
    """Change metadata or description of a top-up."""
    row = find(call, KIND, topup_id)
    change(row, params, ["description"])
    call.tx.save(row)
    return show_plain(call, row)


def list_topups(call: Call, params: Body) -> Body:
    """Give a page of top-ups, also by status or amount."""
    wanted, conditions, values = dict(params), ["TRUE"], list[int]()
    amount = wanted.pop("amount", None)
    bounds = {"": amount} if isinstance(amount, int) else amount or {}
    signs = {"": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
    for name, value in bounds.items():
        conditions.append(f"body ->> '$.amount' {signs[name]} ?")
        values.append(value)
    return list_objects(
        call, KIND, wanted, "/v1/topups", show_plain, filters={"status": "body ->> '$.status' = ?"},
        where=" AND ".join(conditions), values=tuple(values),
    )  # fmt: skip


_TAKES = {
    "amount": ANY, "currency": ANY, "description": ANY, "metadata": ANY, "statement_descriptor": ANY,
    "transfer_group": ANY,
}  # fmt: skip
OPERATIONS = {
    "POST /v1/topups": Operation(create_topup, _TAKES),
    "GET /v1/topups": Operation(list_topups, {**DATED, "amount": ANY, "status": ANY}),
    "GET /v1/topups/{topup}": Operation(retrieve_of(KIND)),
    "POST /v1/topups/{topup}": Operation(update_topup, {"description": ANY, "metadata": ANY}),
    "POST /v1/topups/{topup}/cancel": Operation(cancel_topup),
}
