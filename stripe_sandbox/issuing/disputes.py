"""Disputes of what a card has paid. The network decides through the control surface.

Source: docs.stripe.com/issuing/purchases/disputes. What was not submitted within 110 days expires.
"""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, change, find, list_of, retrieve_of, show_plain
from stripe_sandbox.issuing.rows import DISPUTE, TRANSACTION
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row
from stripe_sandbox.treasury.debits import KIND as DEBIT
from stripe_sandbox.treasury.reversals import give_back

_NOUN: Final = "issuing dispute"
_DAYS_S: Final = 110 * 86_400
_REASONS: Final = (
    "canceled", "duplicate", "fraudulent", "merchandise_not_as_described", "no_valid_authorization", "not_received",
    "other", "service_not_as_described",
)  # fmt: skip


def create_dispute(call: Call, params: Body) -> Body:
    """Dispute what a merchant has taken, named by its transaction or by the debit it was."""
    move = _transaction(call, params)
    if move.body["type"] != "capture" or move.body["dispute"]:
        raise invalid("Only a captured transaction can be disputed, once.", param="transaction")
    amount = params.get("amount", -move.body["amount"])
    if not 1 <= amount <= -move.body["amount"]:
        raise invalid("The amount must be at most that of the transaction.", param="amount")
    body: Body = {
        **nothing_of(DISPUTE),
        "amount": amount,
        "balance_transactions": None,
        "created": call.now,
        "currency": "usd",
        "evidence": _evidence(params.get("evidence", {})),
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "status": "unsubmitted",
        "transaction": move.id,
        "treasury": {"debit_reversal": None, "received_debit": move.body["treasury"]["received_debit"]},
    }
    row = call.add(DISPUTE, body)
    move.body["dispute"] = row.id
    call.tx.save(move)
    emit(call, "issuing_dispute.created", row.body)
    return show_plain(call, row)


def _transaction(call: Call, params: Body) -> Row:
    debit = params.get("treasury", {}).get("received_debit")
    if ("transaction" in params) == (debit is not None):
        raise invalid("You must give either `transaction` or `treasury[received_debit]`.", param="transaction")
    wanted = params.get("transaction") or ""
    if debit is not None:
        found = find(call, DEBIT, debit, noun="received debit", param="treasury[received_debit]", status=400)
        wanted = found.body["linked_flows"]["issuing_transaction"] or ""
    return find(call, TRANSACTION, wanted, noun="issuing transaction", param="transaction", status=400)


def _evidence(given: Body) -> Body:
    reason = given.get("reason", "other")
    shown: Body = {"reason": reason}
    for name in _REASONS:
        if given.get(name):
            shown[name] = given[name]
    return shown


def update_dispute(call: Call, params: Body, dispute_id: str) -> Body:
    """Change a dispute that was not submitted yet."""
    row = _unsubmitted(call, dispute_id)
    change(row, params, [name for name in ("amount",) if name in params])
    if "evidence" in params:
        row.body["evidence"] = _evidence({**row.body["evidence"], **params["evidence"]})
    call.tx.save(row)
    emit(call, "issuing_dispute.updated", row.body)
    return show_plain(call, row)


def _unsubmitted(call: Call, dispute_id: str) -> Row:
    row = find(call, DISPUTE, dispute_id, noun=_NOUN)
    if row.body["status"] != "unsubmitted":
        raise invalid(f"This dispute is {row.body['status']} and cannot be changed any more.")
    return row


def submit_dispute(call: Call, params: Body, dispute_id: str) -> Body:
    """Send a dispute to the network; it must say what happened."""
    row = _unsubmitted(call, dispute_id)
    evidence = row.body["evidence"]
    if not (evidence.get(evidence["reason"]) or {}).get("explanation"):
        param = f"evidence[{evidence['reason']}][explanation]"
        raise invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")
    change(row, params, [])
    row.body["status"] = "submitted"
    call.tx.save(row)
    emit(call, "issuing_dispute.submitted", row.body)
    return show_plain(call, row)


def decide_dispute(call: Call, row: Row, *, won: bool) -> Row:
    """Let the network decide: one that is won brings the money back."""
    if row.body["status"] != "submitted":
        raise invalid(f"This dispute is {row.body['status']}; only a submitted one is decided.")
    row.body["status"] = "won" if won else "lost"
    if won:
        debit = call.tx.get(row.body["treasury"]["received_debit"], DEBIT)
        assert debit is not None, "a disputed transaction was a debit"
        row.body["treasury"]["debit_reversal"] = give_back(call, debit, row.body["amount"], row.id)
        emit(call, "issuing_dispute.funds_reinstated", row.body)
    else:
        row.body["loss_reason"] = "other"
    call.tx.save(row)
    emit(call, "issuing_dispute.closed", row.body)
    return row


def expire_due(call: Call) -> int:
    """Let disputes end that were never submitted; gives their number."""
    due = call.tx.find(DISPUTE, "body ->> '$.status' = 'unsubmitted' AND created <= ?", (call.now - _DAYS_S,))
    for row in due:
        row.body["status"] = "expired"
        call.tx.save(row)
        emit(call, "issuing_dispute.closed", row.body, account=row.account)
    return len(due)


_ALL: Final = "/v1/issuing/disputes"
_CHANGES = {"amount": ANY, "evidence": ANY, "metadata": ANY}
OPERATIONS = {
    f"POST {_ALL}": Operation(create_dispute, {**_CHANGES, "transaction": ANY, "treasury": {"received_debit": ANY}}),
    f"GET {_ALL}": Operation(
        list_of(DISPUTE, _ALL, ["status", "transaction"]), {**DATED, "status": ANY, "transaction": ANY}
    ),
    f"GET {_ALL}/{{dispute}}": Operation(retrieve_of(DISPUTE, noun=_NOUN)),
    f"POST {_ALL}/{{dispute}}": Operation(update_dispute, _CHANGES),
    f"POST {_ALL}/{{dispute}}/submit": Operation(submit_dispute, {"metadata": ANY}),
}
