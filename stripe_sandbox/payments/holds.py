"""Card payments that are authorised first: the money is held, then captured whole or in part, or let go.

Source: docs.stripe.com/payments/place-a-hold-on-a-payment-method. A hold lasts seven days; what a partial capture does
not take is let go and counted as refunded, without a movement of money.
"""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_step
from stripe_sandbox.errors import ApiFailure, invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.payments.reads import show
from stripe_sandbox.payments.settle import settle
from stripe_sandbox.store import Row

HOLD_S: Final = 7 * 86_400
_CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture", "processing")
_REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")


def authorise(call: Call, intent: Row, charge: Body) -> Row:
    """Hold the money of a charge that the bank has agreed to."""
    details = charge["payment_method_details"]["card"]
    details.update(amount_authorized=charge["amount"], capture_before=call.now + HOLD_S)
    charge.update(status="succeeded", paid=True, captured=False)
    row = call.add("charge", charge)
    intent.body.update(
        status="requires_capture",
        amount_capturable=charge["amount"],
        latest_charge=row.id,
        last_payment_error=None,
        next_action=None,
    )
    intent.hidden["capture_before"] = call.now + HOLD_S
    call.tx.save(intent)
    emit(call, "charge.succeeded", row.body)
    emit(call, "payment_intent.amount_capturable_updated", intent.body)
    return row


def capture_intent(call: Call, params: Body, intent_id: str) -> Body:
    """Take what is held, or less; the rest is let go."""
    intent = _find(call, intent_id)
    if intent.body["status"] != "requires_capture":
        raise _unexpected(intent, "captured", ("requires_capture",))
    charge = call.tx.get(intent.body["latest_charge"], "charge")
    assert charge is not None, "a hold has its charge"
    held = intent.body["amount_capturable"]
    amount = params.get("amount_to_capture", held)
    check_step(amount, charge.body["currency"], param="amount_to_capture")
    if not 1 <= amount <= held:
        message = f"The amount to capture, {amount}, must be between 1 and the amount that can be captured, {held}."
        raise invalid(message, param="amount_to_capture", code="amount_too_large")
    if fee := params.get("application_fee_amount"):
        if not charge.body["transfer_data"]:
            raise invalid(
                "Can only apply an application_fee_amount with a destination.", param="application_fee_amount"
            )
        charge.body["application_fee_amount"] = fee
    intent.body["amount_capturable"] = 0
    settle(call, intent, charge.body, at_once=False, captured=amount)
    session = call.tx.get(intent.hidden.get("session", ""), "checkout.session")
    if session is not None:
        session.body["payment_status"] = "paid"
        call.tx.save(session)
    return show(call, intent)


def cancel_intent(call: Call, params: Body, intent_id: str) -> Body:
    """Let a payment go that has not succeeded; what was held for it is free again."""
    intent = _find(call, intent_id)
    if intent.body["status"] not in _CANCELABLE:
        raise _unexpected(intent, "canceled", _CANCELABLE)
    let_go(call, intent, params.get("cancellation_reason"))
    return show(call, intent)


def let_go(call: Call, intent: Row, reason: str | None) -> None:
    """Cancel an intent, and free what it holds."""
    was_held = intent.body["status"] == "requires_capture"
    intent.body.update(
        status="canceled", canceled_at=call.now, cancellation_reason=reason, next_action=None, amount_capturable=0
    )
    call.tx.save(intent)
    charge = call.tx.get(intent.body["latest_charge"], "charge") if was_held else None
    if charge is not None:
        charge.body.update(amount_refunded=charge.body["amount"], refunded=True)
        call.tx.save(charge)
        emit(call, "charge.expired" if reason == "automatic" else "charge.refunded", charge.body)
    emit(call, "payment_intent.canceled", intent.body)


def let_go_due(call: Call) -> int:
    """Free every hold whose time is over; gives their number."""
    held = "body ->> '$.status' = 'requires_capture' AND hidden ->> '$.capture_before' <= ?"
    due = call.tx.find("payment_intent", held, (call.now,))
    for intent in due:
        let_go(call, intent, "automatic")
    return len(due)


def _find(call: Call, intent_id: str) -> Row:
    row = call.tx.get(intent_id, "payment_intent", call.account)
    if row is None:
        raise missing("payment_intent", intent_id, param="intent")
    return row


def _unexpected(intent: Row, done: str, wanted: tuple[str, ...]) -> ApiFailure:
    message = (
        f"This PaymentIntent could not be {done} because it has a status of {intent.body['status']}. "
        f"Only a PaymentIntent with one of the following statuses may be {done}: {', '.join(wanted)}."
    )
    return invalid(message, code="payment_intent_unexpected_state")


OPERATIONS = {
    "POST /v1/payment_intents/{intent}/capture": Operation(
        capture_intent, {"amount_to_capture": ANY, "application_fee_amount": ANY}
    ),
    "POST /v1/payment_intents/{intent}/cancel": Operation(cancel_intent, {"cancellation_reason": _REASONS}),
}
