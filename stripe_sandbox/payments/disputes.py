"""Disputes: a cardholder's bank takes the money back, hears both sides and decides.

Money moves with the withdrawal and with a decision for the seller; an inquiry (`warning_…`) moves none. The bank's
fee is kept when the dispute is lost and returned when it is won. Source: docs.stripe.com/disputes/how-disputes-work.
"""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.balance import book, fee_detail
from stripe_sandbox.payments.rates import settled
from stripe_sandbox.payments.reviews import close_for
from stripe_sandbox.store import PLATFORM, Row

FEE_MINOR: Final = 1_500
_TO_ANSWER_S: Final = 7 * 86_400
_OPEN: Final = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")
_ANSWERABLE: Final = ("needs_response", "warning_needs_response")
_TEXTS: Final = (
    "access_activity_log", "billing_address", "cancellation_policy_disclosure", "cancellation_rebuttal",
    "customer_email_address", "customer_name", "customer_purchase_ip", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "refund_policy_disclosure", "refund_refusal_explanation",
    "service_date", "shipping_address", "shipping_carrier", "shipping_date", "shipping_tracking_number",
    "uncategorized_text",
)  # fmt: skip
_FILES: Final = (
    "cancellation_policy", "customer_communication", "customer_signature", "duplicate_charge_documentation", "receipt",
    "refund_policy", "service_documentation", "shipping_documentation", "uncategorized_file",
)  # fmt: skip


def open_dispute(call: Call, charge: Row, *, amount: int | None = None, inquiry: bool = False) -> Row:
    """Let the bank of a paid charge ask its money back, all of it unless told otherwise."""
    if charge.body["status"] != "succeeded":
        raise invalid("Only a charge that succeeded can be disputed.")
    left = charge.body["amount"] - charge.body["amount_refunded"]
    wanted = left if amount is None else amount
    if not 0 < wanted <= left:
        raise invalid(f"amount must be from 1 to {left}", param="amount")
    dispute = call.add("dispute", _body(call, charge, wanted, inquiry=inquiry))
    charge.body["disputed"] = True
    call.tx.save(charge)
    close_for(call, charge, "disputed")
    emit(call, "charge.dispute.created", dispute.body)
    if not inquiry:
        withdraw(call, dispute)
    return dispute


def withdraw(call: Call, dispute: Row) -> None:
    """Take the money and the fee from the platform."""
    fee = [fee_detail(FEE_MINOR, dispute.body["currency"], "stripe_fee", "Dispute fee")]
    _move(call, dispute, "dispute", -dispute.body["amount"], fee)
    emit(call, "charge.dispute.funds_withdrawn", dispute.body)


def decide(call: Call, dispute: Row, *, won: bool) -> None:
    """Close a dispute with the bank's word; a win brings money and fee back."""
    status = dispute.body["status"]
    if status not in _OPEN:
        raise invalid(f"This dispute is {status}; it is decided already.")
    inquiry = status.startswith("warning_")
    dispute.body["status"] = "warning_closed" if inquiry else "won" if won else "lost"
    dispute.body["is_charge_refundable"] = inquiry
    call.tx.save(dispute)
    if won and not inquiry:
        fee = [fee_detail(-FEE_MINOR, dispute.body["currency"], "stripe_fee", "Dispute fee refund")]
        _move(call, dispute, "dispute_reversal", dispute.body["amount"], fee)
        emit(call, "charge.dispute.funds_reinstated", dispute.body)
    emit(call, "charge.dispute.closed", dispute.body)


def open_disputes_of(call: Call, charge_id: str) -> list[Row]:
    """Give the disputes over a charge in which money is with the bank."""
    rows = call.tx.find("dispute", "body ->> '$.charge' = ?", (charge_id,))
    return [row for row in rows if row.body["status"] in ("needs_response", "under_review", "lost")]


def _move(call: Call, dispute: Row, category: str, amount: int, fees: list[Body]) -> None:
    moved, currency, rate = settled(call, amount, dispute.body["currency"])
    booked = book(
        call, PLATFORM, "adjustment", category, moved, currency, dispute.id,
        available_on=call.now, fees=[{**each, "currency": currency} for each in fees],
        description=f"Dispute {dispute.id}", rate=rate,
    )  # fmt: skip
    dispute.body["balance_transactions"].append({**booked.body, "status": "available"})
    call.tx.save(dispute)


def _body(call: Call, charge: Row, amount: int, *, inquiry: bool) -> Body:
    card = charge.body["payment_method_details"].get("card")
    return {
        "amount": amount,
        "balance_transactions": [],
        "charge": charge.id,
        "created": call.now,
        "currency": charge.body["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys((*_TEXTS, *_FILES)), "appeal": None, "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": call.now + _TO_ANSWER_S,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "intended_submission_method": None,
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "network_reason_code": "10.4" if card else None,
        "payment_intent": charge.body["payment_intent"],
        "payment_method_details": _details(card, inquiry=inquiry) if card else None,
        "reason": "fraudulent" if card else "debit_not_authorized",
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def _details(card: Body, *, inquiry: bool) -> Body:
    return {
        "card": {
            "brand": card["brand"],
            "case_type": "inquiry" if inquiry else "chargeback",
            "network": card["brand"],
            "network_reason_code": "10.4",
        },
        "type": "card",
    }


def update_dispute(call: Call, params: Body, dispute_id: str) -> Body:
    """Keep evidence; with `submit` (the default) it goes to the bank, once."""
    row = find_dispute(call, dispute_id)
    evidence = params.get("evidence") or {}
    if evidence and row.body["status"] not in _ANSWERABLE:
        raise invalid("This dispute can no longer be answered.", param="evidence")
    _check_files(call, evidence)
    row.body["evidence"].update({name: value or None for name, value in evidence.items()})
    row.body["metadata"] = merge_metadata(row.body["metadata"], params.get("metadata"))
    details = row.body["evidence_details"]
    details["has_evidence"] = details["has_evidence"] or bool(evidence)
    if params.get("submit", True) and details["has_evidence"] and row.body["status"] in _ANSWERABLE:
        details["submission_count"] += 1
        details["submission_method"] = "manual"
        row.body["status"] = row.body["status"].replace("needs_response", "under_review")
    call.tx.save(row)
    emit(call, "charge.dispute.updated", row.body)
    return dict(row.body)


def _check_files(call: Call, evidence: Body) -> None:
    for name in _FILES:
        if evidence.get(name):
            file = find(call, "file", evidence[name], noun="file upload", param=f"evidence[{name}]", status=400)
            if file.body["purpose"] != "dispute_evidence":
                message = f"The file {file.id} has the purpose {file.body['purpose']}, not dispute_evidence."
                raise invalid(message, param=f"evidence[{name}]")


def close_dispute(call: Call, params: Body, dispute_id: str) -> Body:
    """Give a dispute up."""
    del params
    row = find_dispute(call, dispute_id)
    decide(call, row, won=False)
    return dict(row.body)


def find_dispute(call: Call, dispute_id: str) -> Row:
    """Give a dispute of the account of the call."""
    row = call.tx.get(dispute_id, "dispute", call.account)
    if row is None:
        raise missing("dispute", dispute_id)
    return row


def retrieve_dispute(call: Call, params: Body, dispute_id: str) -> Body:
    """Give one dispute."""
    del params
    return dict(find_dispute(call, dispute_id).body)


def list_disputes(call: Call, params: Body) -> Body:
    """Give a page of disputes, also by charge or payment intent."""
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("charge", "payment_intent")}
    return list_objects(call, "dispute", params, "/v1/disputes", lambda _, row: dict(row.body), filters=filters)


_PAGED = {"limit": ANY, "starting_after": ANY, "ending_before": ANY, "created": ANY}
OPERATIONS = {
    "GET /v1/disputes": Operation(list_disputes, {**_PAGED, "charge": ANY, "payment_intent": ANY}),
    "GET /v1/disputes/{dispute}": Operation(retrieve_dispute),
    "POST /v1/disputes/{dispute}": Operation(
        update_dispute, {"evidence": dict.fromkeys((*_TEXTS, *_FILES), ANY), "submit": ANY, "metadata": ANY}
    ),
    "POST /v1/disputes/{dispute}/close": Operation(close_dispute),
}
