"""What was received sent back, and what was taken demanded back. Both are done at once.

Source: docs.stripe.com/treasury/moving-money/financial-accounts. A debit can be demanded back for two days.
"""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find, list_of, retrieve_of
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row
from stripe_sandbox.treasury.credits import KIND as CREDIT
from stripe_sandbox.treasury.debits import KIND as DEBIT
from stripe_sandbox.treasury.money import check_cash, impact, open_transaction, post

CREDIT_BACK: Final = "treasury.credit_reversal"
DEBIT_BACK: Final = "treasury.debit_reversal"


def _common(call: Call, params: Body, source: Row) -> Body:
    return {
        **{name: source.body[name] for name in ("amount", "currency", "financial_account", "network")},
        "created": call.now,
        "hosted_regulatory_receipt_url": None,
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
    }


def reverse_credit(call: Call, params: Body) -> Body:
    """Send back what a bank has sent."""
    source = find(call, CREDIT, params["received_credit"], noun="received credit", param="received_credit", status=400)
    if source.body["linked_flows"]["credit_reversal"] is not None:
        raise invalid("This received credit was sent back already.", param="received_credit")
    if source.body["network"] != "ach":
        raise invalid("Only credits of the ach network can be sent back.", param="received_credit")
    amount = source.body["amount"]
    check_cash(call, source.body["financial_account"], amount)
    body = _common(call, params, source) | {
        "received_credit": source.id, "status": "processing", "status_transitions": {"posted_at": None},
        "transaction": None,
    }  # fmt: skip
    row = call.add(CREDIT_BACK, body)
    moved = open_transaction(
        call, row.account, source.body["financial_account"], ("credit_reversal", row.id), -amount,
        impact(cash=-amount, outbound_pending=amount), "Credit sent back",
    )  # fmt: skip
    row.body["transaction"] = moved.id
    source.body["linked_flows"]["credit_reversal"] = row.id
    call.tx.save(source)
    emit(call, f"{CREDIT_BACK}.created", row.body)
    post(call, moved, impact(cash=-amount))
    row.body.update(status="posted", status_transitions={"posted_at": call.now})
    call.tx.save(row)
    emit(call, f"{CREDIT_BACK}.posted", row.body)
    return dict(row.body)


def reverse_debit(call: Call, params: Body) -> Body:
    """Demand back what a bank has taken, within two days."""
    source = find(call, DEBIT, params["received_debit"], noun="received debit", param="received_debit", status=400)
    details = source.body["reversal_details"]
    if source.body["linked_flows"]["debit_reversal"] is not None:
        raise invalid("This received debit was demanded back already.", param="received_debit")
    if details is None or details["restricted_reason"] or details["deadline"] < call.now:
        raise invalid("This received debit cannot be demanded back.", param="received_debit")
    amount = source.body["amount"]
    body = _common(call, params, source) | {
        "linked_flows": {"issuing_dispute": None}, "received_debit": source.id, "status": "succeeded",
        "status_transitions": {"completed_at": call.now}, "transaction": None,
    }  # fmt: skip
    row = call.add(DEBIT_BACK, body)
    moved = open_transaction(
        call, row.account, source.body["financial_account"], ("debit_reversal", row.id), amount, impact(cash=amount),
        "Debit demanded back", posted=True,
    )  # fmt: skip
    row.body["transaction"] = moved.id
    call.tx.save(row)
    source.body["linked_flows"]["debit_reversal"] = row.id
    details["restricted_reason"] = "already_reversed"
    call.tx.save(source)
    emit(call, f"{DEBIT_BACK}.created", row.body)
    emit(call, f"{DEBIT_BACK}.completed", row.body)
    return dict(row.body)


def give_back(call: Call, source: Row, amount: int, dispute: str) -> str:
    """Bring back what a card had paid, as a dispute was won; gives the id of the reversal."""
    body = _common(call, {}, source) | {
        "amount": amount, "linked_flows": {"issuing_dispute": dispute}, "received_debit": source.id,
        "status": "succeeded", "status_transitions": {"completed_at": call.now}, "transaction": None,
    }  # fmt: skip
    row = call.add(DEBIT_BACK, body)
    moved = open_transaction(
        call, row.account, source.body["financial_account"], ("debit_reversal", row.id), amount, impact(cash=amount),
        "Dispute won", posted=True,
    )  # fmt: skip
    row.body["transaction"] = moved.id
    call.tx.save(row)
    source.body["linked_flows"]["debit_reversal"] = row.id
    call.tx.save(source)
    emit(call, f"{DEBIT_BACK}.created", row.body)
    emit(call, f"{DEBIT_BACK}.completed", row.body)
    return row.id


_CREDITS, _DEBITS = "/v1/treasury/credit_reversals", "/v1/treasury/debit_reversals"
_LIST = {**PAGED, "financial_account": ANY, "status": ANY}
OPERATIONS = {
    f"POST {_CREDITS}": Operation(reverse_credit, {"received_credit": ANY, "metadata": ANY}),
    f"GET {_CREDITS}": Operation(
        list_of(CREDIT_BACK, _CREDITS, ("financial_account", "received_credit", "status")),
        {**_LIST, "received_credit": ANY},
    ),
    f"GET {_CREDITS}/{{credit_reversal}}": Operation(retrieve_of(CREDIT_BACK, noun="credit reversal")),
    f"POST {_DEBITS}": Operation(reverse_debit, {"received_debit": ANY, "metadata": ANY}),
    f"GET {_DEBITS}": Operation(
        list_of(DEBIT_BACK, _DEBITS, ("financial_account", "received_debit", "status")),
        {**_LIST, "received_debit": ANY},
    ),
    f"GET {_DEBITS}/{{debit_reversal}}": Operation(retrieve_of(DEBIT_BACK, noun="debit reversal")),
}
