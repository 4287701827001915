"""Transfers between a financial account and its owner's bank: under way until the bank is told what to say.

Source: docs.stripe.com/treasury/moving-money. The bank speaks through /v1/test_helpers/treasury.
"""

from collections.abc import Callable
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find, list_of, retrieve_of
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row
from stripe_sandbox.treasury.accounts import find_open
from stripe_sandbox.treasury.money import TRANSACTION, check_cash, impact, open_transaction, post, void
from stripe_sandbox.treasury.parties import own_bank

INBOUND: Final = "treasury.inbound_transfer"
OUTBOUND: Final = "treasury.outbound_transfer"
_DAYS_S: Final = 2 * 86_400
_NOUNS = {INBOUND: "inbound transfer", OUTBOUND: "outbound transfer"}


def create_inbound(call: Call, params: Body) -> Body:
    """Draw money from the owner's bank."""
    account = find_open(call, params["financial_account"])
    details = own_bank(params["origin_payment_method"])
    body: Body = {
        **_common(call, params, account.id),
        "failure_details": None,
        "linked_flows": {"received_debit": None},
        "origin_payment_method": params["origin_payment_method"],
        "origin_payment_method_details": details,
        "returned": None,
        "status_transitions": {"canceled_at": None, "failed_at": None, "succeeded_at": None},
    }
    amount = params["amount"]
    return _begin(call, INBOUND, body, account, amount, impact(inbound_pending=amount))


def create_outbound(call: Call, params: Body) -> Body:
    """Send cash to the owner's bank."""
    account = find_open(call, params["financial_account"])
    details, amount = own_bank(params["destination_payment_method"]), params["amount"]
    check_cash(call, account.id, amount)
    body: Body = {
        **_common(call, params, account.id),
        "destination_payment_method": params["destination_payment_method"],
        "destination_payment_method_details": details,
        "expected_arrival_date": call.now + _DAYS_S,
        "returned_details": None,
        "status_transitions": dict.fromkeys(("canceled_at", "failed_at", "posted_at", "returned_at")),
        "tracking_details": None,
    }
    return _begin(call, OUTBOUND, body, account, -amount, impact(cash=-amount, outbound_pending=amount))


def _common(call: Call, params: Body, account_id: str) -> Body:
    if params["amount"] < 1 or params["currency"] != "usd":
        raise invalid("Move a positive amount of usd.", param="amount")
    return {
        "amount": params["amount"],
        "cancelable": True,
        "created": call.now,
        "currency": "usd",
        "description": params.get("description"),
        "financial_account": account_id,
        "hosted_regulatory_receipt_url": None,
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "statement_descriptor": params.get("statement_descriptor", "transfer"),
        "status": "processing",
    }


def _begin(call: Call, kind: str, body: Body, account: Row, amount: int, does: Body) -> Body:
    row = call.add(kind, body)
    flow = kind.removeprefix("treasury.")
    moved = open_transaction(call, account.account, account.id, (flow, row.id), amount, does, _NOUNS[kind].capitalize())
    row.body["transaction"] = moved.id
    call.tx.save(row)
    emit(call, f"{kind}.created", row.body, account=row.account)
    return dict(row.body)


def _ending(kind: str, status: str, *, lives: bool) -> Callable[[Call, Body, str], Body]:
    """Give what ends a transfer under way: it arrives (`lives`), or it never was."""

    def end(call: Call, params: Body, transfer_id: str) -> Body:
        del params
        row = find(call, kind, transfer_id, noun=_NOUNS[kind])
        if row.body["status"] != "processing":
            raise invalid(f"This {_NOUNS[kind]} is {row.body['status']}.")
        moved = call.tx.get(row.body["transaction"], TRANSACTION)
        assert moved is not None
        if lives:
            amount = row.body["amount"]
            post(call, moved, impact(cash=amount if kind == INBOUND else -amount))
        else:
            void(call, moved)
        row.body.update(status=status, cancelable=False)
        row.body["status_transitions"][f"{status}_at"] = call.now
        if status == "failed" and kind == INBOUND:
            row.body["failure_details"] = {"code": "insufficient_funds"}
        call.tx.save(row)
        emit(call, f"{kind}.{status}", row.body, account=row.account)
        return dict(row.body)

    return end


_IN, _OUT, _TEST = "/v1/treasury/inbound_transfers", "/v1/treasury/outbound_transfers", "/v1/test_helpers/treasury"
_TAKES = {
    "amount": ANY, "currency": ANY, "financial_account": ANY, "description": ANY, "metadata": ANY,
    "statement_descriptor": ANY,
}  # fmt: skip
_LISTS = {**PAGED, "financial_account": ANY, "status": ANY}
_ON = ("financial_account", "status")
OPERATIONS = {
    f"POST {_IN}": Operation(create_inbound, {**_TAKES, "origin_payment_method": ANY}),
    f"GET {_IN}": Operation(list_of(INBOUND, _IN, _ON), _LISTS),
    f"GET {_IN}/{{id}}": Operation(retrieve_of(INBOUND, noun=_NOUNS[INBOUND])),
    f"POST {_IN}/{{inbound_transfer}}/cancel": Operation(_ending(INBOUND, "canceled", lives=False)),
    f"POST {_TEST}/inbound_transfers/{{id}}/succeed": Operation(_ending(INBOUND, "succeeded", lives=True)),
    f"POST {_TEST}/inbound_transfers/{{id}}/fail": Operation(_ending(INBOUND, "failed", lives=False)),
    f"POST {_OUT}": Operation(create_outbound, {**_TAKES, "destination_payment_method": ANY}),
    f"GET {_OUT}": Operation(list_of(OUTBOUND, _OUT, _ON), _LISTS),
    f"GET {_OUT}/{{outbound_transfer}}": Operation(retrieve_of(OUTBOUND, noun=_NOUNS[OUTBOUND])),
    f"POST {_OUT}/{{outbound_transfer}}/cancel": Operation(_ending(OUTBOUND, "canceled", lives=False)),
    f"POST {_TEST}/outbound_transfers/{{outbound_transfer}}/post": Operation(_ending(OUTBOUND, "posted", lives=True)),
    f"POST {_TEST}/outbound_transfers/{{outbound_transfer}}/fail": Operation(_ending(OUTBOUND, "failed", lives=False)),
}
