"""Refunds of what a customer's cash balance has paid: back to that balance, or by bank to who answers an e-mail.

Nobody is mailed: a refund with `instructions_email` waits until it is canceled or a test lets it expire.
"""

from typing import Final

from stripe_sandbox.billing.cash import KIND as CASH
from stripe_sandbox.billing.cash import cash_of
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import Operation
from stripe_sandbox.payments.balance import book
from stripe_sandbox.payments.rates import settled
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

_KEPT_S: Final = 45 * 86_400


def is_from_cash(charge: Row) -> bool:
    """Whether a charge was paid by a cash balance."""
    return bool(charge.body["payment_method_details"]["type"] == "customer_balance")


def return_cash(call: Call, charge: Row, refund: Row, email: str | None) -> None:
    """Bring a refund to the customer's cash balance, or let it wait for who is asked by e-mail."""
    customer = charge.body["customer"]
    if email is None:
        amount, currency = refund.body["amount"], refund.body["currency"]
        body: Body = {
            **nothing_of(CASH), "created": call.now, "currency": currency, "customer": customer,
            "ending_balance": cash_of(call, customer).get(currency, 0) + amount, "livemode": False,
            "net_amount": amount, "refunded_from_payment": {"refund": refund.id}, "type": "refunded_from_payment",
        }  # fmt: skip
        emit(call, f"{CASH}.created", call.add(CASH, body).body)
        refund.body["destination_details"] = {"customer_cash_balance": {}, "type": "customer_cash_balance"}
    else:
        sent = {"email_sent_at": call.now, "email_sent_to": email}
        details = {"email_sent": sent, "expires_at": call.now + _KEPT_S}
        refund.body.update(
            status="requires_action", instructions_email=email,
            next_action={"display_details": details, "type": "display_details"},
        )  # fmt: skip
        refund.body.pop("destination_details")
    call.tx.save(refund)


def _waiting(call: Call, refund_id: str) -> Row:
    row = call.tx.get(refund_id, "refund", call.account)
    if row is None:
        raise missing("refund", refund_id)
    if row.body["status"] != "requires_action":
        raise invalid(
            f"This refund has a status of {row.body['status']}. Only refunds with a status of requires_action can be "
            "canceled or expire."
        )
    return row


def _end(call: Call, row: Row, status: str, reason: str | None, event: str) -> Body:
    """Bring the money of a refund that nobody took back to the balance."""
    amount, currency, rate = settled(call, row.body["amount"], row.body["currency"])
    back = book(
        call, row.account, "refund_failure", "refund_failure", amount, currency, row.id, available_on=call.now,
        description="REFUND FAILURE", rate=rate,
    )  # fmt: skip
    row.body.update(status=status, failure_balance_transaction=back.id)
    row.body.pop("next_action")
    if reason:
        row.body["failure_reason"] = reason
    call.tx.save(row)
    emit(call, event, row.body)
    return dict(row.body)


def cancel_refund(call: Call, params: Body, refund_id: str) -> Body:
    """Cancel a refund that waits for its customer; those of cards and debits never do."""
    del params
    return _end(call, _waiting(call, refund_id), "canceled", None, "refund.updated")


def expire_refund(call: Call, params: Body, refund_id: str) -> Body:
    """Let the time of a refund end that waits for its customer."""
    del params
    return _end(call, _waiting(call, refund_id), "failed", "unknown", "refund.failed")


OPERATIONS = {
    "POST /v1/refunds/{refund}/cancel": Operation(cancel_refund),
    "POST /v1/test_helpers/refunds/{refund}/expire": Operation(expire_refund),
}
