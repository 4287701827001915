"""Transfers between a financial account and its owner's bank, and payments to others' banks and financial accounts.

They are under way until the bank is told what to say. Source: docs.stripe.com/treasury/moving-money. The bank speaks
through /v1/test_helpers/treasury.
"""

from collections.abc import Callable
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, PAGED, find, list_of, retrieve_of
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row
from stripe_sandbox.treasury.accounts import find_open
from stripe_sandbox.treasury.credits import receive_from
from stripe_sandbox.treasury.money import TRANSACTION, check_cash, impact, open_transaction, post, void
from stripe_sandbox.treasury.parties import others_bank, own_bank

INBOUND: Final = "treasury.inbound_transfer"
OUTBOUND: Final = "treasury.outbound_transfer"
PAYMENT: Final = "treasury.outbound_payment"
_DAYS_S: Final = 2 * 86_400
_NOUNS = {INBOUND: "inbound transfer", OUTBOUND: "outbound transfer", PAYMENT: "outbound payment"}
_STEPS: Final = {"canceled": "cancellation", "failed": "failure"}


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
    body = _outgoing(call, params, account.id, details)
    return _begin(call, OUTBOUND, body, account, -amount, impact(cash=-amount, outbound_pending=amount))


def create_payment(call: Call, params: Body) -> Body:
    """Send cash to somebody else: a bank is told, a financial account has it at once."""
    account, amount = find_open(call, params["financial_account"]), params["amount"]
    details, receiver = others_bank(call, params)
    check_cash(call, account.id, amount)
    user = params.get("end_user_details")
    body = _outgoing(call, params, account.id, details) | {
        "customer": params.get("customer"),
        "end_user_details": {"ip_address": user.get("ip_address"), "present": user["present"]} if user else None,
    }
    shown = _begin(call, PAYMENT, body, account, -amount, impact(cash=-amount, outbound_pending=amount))
    if receiver is None:
        return shown
    receive_from(call, account, receiver, amount, shown["id"])
    return _ending(PAYMENT, "posted", lives=True)(call, {}, shown["id"])


def _outgoing(call: Call, params: Body, account_id: str, details: Body) -> Body:
    return {
        **_common(call, params, account_id),
        "destination_payment_method": params.get("destination_payment_method"),
        "destination_payment_method_details": details,
        "expected_arrival_date": call.now + _DAYS_S,
        "returned_details": None,
        "status_transitions": dict.fromkeys(("canceled_at", "failed_at", "posted_at", "returned_at")),
        "tracking_details": None,
    }


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
        row = find(call, kind, transfer_id, noun=_NOUNS[kind])
        if row.body["status"] != "processing":
            raise invalid(f"This {_NOUNS[kind]} is {row.body['status']}.")
        moved = call.tx.get(row.body["transaction"], TRANSACTION)
        assert moved is not None
        if lives:
            amount = row.body["amount"]
            post(call, moved, impact(cash=amount if kind == INBOUND else -amount))
        else:
            void(call, moved, _STEPS[status])
        row.body.update(status=status, cancelable=False)
        row.body["status_transitions"][f"{status}_at"] = call.now
        if status == "failed" and kind == INBOUND:
            row.body["failure_details"] = {"code": params.get("failure_details", {}).get("code", "insufficient_funds")}
        call.tx.save(row)
        emit(call, f"{kind}.{status}", row.body, account=row.account)
        return dict(row.body)

    return end


def _returning(kind: str) -> Callable[[Call, Body, str], Body]:
    """Give what lets the bank send back what had arrived."""

    def send_back(call: Call, params: Body, transfer_id: str) -> Body:
        row = find(call, kind, transfer_id, noun=_NOUNS[kind])
        arrived = "succeeded" if kind == INBOUND else "posted"
        if row.body["status"] != arrived or row.body.get("returned"):
            raise invalid(f"Only a {_NOUNS[kind]} that is {arrived} can be returned, once.")
        amount = -row.body["amount"] if kind == INBOUND else row.body["amount"]
        flow = (kind.removeprefix("treasury."), row.id)
        moved = open_transaction(
            call, row.account, row.body["financial_account"], flow, amount, impact(cash=amount),
            f"Return of {_NOUNS[kind]}", posted=True, step="return",
        )  # fmt: skip
        if kind == INBOUND:
            row.body["returned"] = True
            call.tx.save(row)
            return dict(row.body)
        code = params.get("returned_details", {}).get("code", "other")
        row.body.update(status="returned", returned_details={"code": code, "transaction": moved.id})
        row.body["status_transitions"]["returned_at"] = call.now
        call.tx.save(row)
        emit(call, f"{kind}.returned", row.body, account=row.account)
        return dict(row.body)

    return send_back


def _tracking(kind: str) -> Callable[[Call, Body, str], Body]:
    """Give what lets the bank say how a transfer can be traced."""

    def track(call: Call, params: Body, transfer_id: str) -> Body:
        row, given = find(call, kind, transfer_id, noun=_NOUNS[kind]), params["tracking_details"]
        if given["type"] not in given:
            raise invalid("Missing the details of this type.", param=f"tracking_details[{given['type']}]",
                          code="parameter_missing")  # fmt: skip
        row.body["tracking_details"] = given
        call.tx.save(row)
        emit(call, f"{kind}.tracking_details_updated", row.body, account=row.account)
        return dict(row.body)

    return track


_IN, _OUT, _PAY = (f"/v1/treasury/{each}s" for each in ("inbound_transfer", "outbound_transfer", "outbound_payment"))
_TEST: Final = "/v1/test_helpers/treasury"
_TAKES = {
    "amount": ANY, "currency": ANY, "financial_account": ANY, "description": ANY, "metadata": ANY,
    "statement_descriptor": ANY,
}  # fmt: skip
_PAYS = {
    **_TAKES, "customer": ANY, "destination_payment_method": ANY, "destination_payment_method_data": ANY,
    "destination_payment_method_options": {"us_bank_account": {"network": ("ach", "us_domestic_wire")}},
    "end_user_details": ANY,
}  # fmt: skip
_LISTS = {**PAGED, "financial_account": ANY, "status": ANY}
_ON = ("financial_account", "status")
_CODE = {"code": ANY}


def _outbound_routes(kind: str, url: str, name: str) -> dict[str, Operation]:
    """Give the routes transfers and payments to banks have in common."""
    test = f"{_TEST}/{url.rpartition('/')[2]}/{{{name}}}"
    return {
        f"GET {url}/{{{name}}}": Operation(retrieve_of(kind, noun=_NOUNS[kind])),
        f"POST {url}/{{{name}}}/cancel": Operation(_ending(kind, "canceled", lives=False)),
        f"POST {test}": Operation(_tracking(kind), {"tracking_details": ANY}),
        f"POST {test}/post": Operation(_ending(kind, "posted", lives=True)),
        f"POST {test}/fail": Operation(_ending(kind, "failed", lives=False)),
        f"POST {test}/return": Operation(_returning(kind), {"returned_details": _CODE}),
    }


OPERATIONS = {
    **_outbound_routes(OUTBOUND, _OUT, "outbound_transfer"),
    **_outbound_routes(PAYMENT, _PAY, "id"),
    f"POST {_IN}": Operation(create_inbound, {**_TAKES, "origin_payment_method": ANY}),
    f"GET {_IN}": Operation(list_of(INBOUND, _IN, _ON), _LISTS),
    f"GET {_IN}/{{id}}": Operation(retrieve_of(INBOUND, noun=_NOUNS[INBOUND])),
    f"POST {_IN}/{{inbound_transfer}}/cancel": Operation(_ending(INBOUND, "canceled", lives=False)),
    f"POST {_TEST}/inbound_transfers/{{id}}/succeed": Operation(_ending(INBOUND, "succeeded", lives=True)),
    f"POST {_TEST}/inbound_transfers/{{id}}/fail": Operation(
        _ending(INBOUND, "failed", lives=False), {"failure_details": _CODE}
    ),
    f"POST {_TEST}/inbound_transfers/{{id}}/return": Operation(_returning(INBOUND)),
    f"POST {_OUT}": Operation(create_outbound, {**_TAKES, "destination_payment_method": ANY}),
    f"GET {_OUT}": Operation(list_of(OUTBOUND, _OUT, _ON), _LISTS),
    f"POST {_PAY}": Operation(create_payment, _PAYS),
    f"GET {_PAY}": Operation(list_of(PAYMENT, _PAY, (*_ON, "customer")), {**_LISTS, **DATED, "customer": ANY}),
}
