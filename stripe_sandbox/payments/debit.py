"""Bank debits: the session is complete at once, the money comes days later or not at all."""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.session_body import customer_details
from stripe_sandbox.checkout.sessions import show_session
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.ids import new_id
from stripe_sandbox.payments.attempt import complete, intent_of, refuse_closed_session
from stripe_sandbox.payments.bodies import BANK, bank_method_body, resting_charge
from stripe_sandbox.payments.settle import settle
from stripe_sandbox.store import Row

_FAILED: Final = "The customer's bank account could not be debited: insufficient funds."


def begin_debit(call: Call, session: Row, *, email: str, name: str) -> None:
    """Start a bank debit for an open session."""
    refuse_closed_session(call, session)
    session.body["customer_details"] = customer_details(email, name)
    intent = intent_of(call, session)
    method = call.add("payment_method", bank_method_body(call, email, name))
    debit_intent(call, intent, method)
    complete(call, session, "unpaid")


def debit_intent(call: Call, intent: Row, method: Row) -> None:
    """Ask the bank of this account for the money of an intent; its answer takes days."""
    charge = call.add("charge", resting_charge(call, new_id("charge"), intent.body, method.body, _details()))
    intent.body.update(
        status="processing", payment_method=method.id, latest_charge=charge.id, last_payment_error=None,
        payment_method_types=["us_bank_account"],
    )  # fmt: skip
    call.tx.save(intent)
    emit(call, "charge.pending", charge.body)
    emit(call, "payment_intent.processing", intent.body)


def end_debit(call: Call, intent: Row, *, paid: bool) -> Row:
    """Let the bank pay, or refuse to."""
    if intent.body["status"] != "processing":
        raise invalid(f"This PaymentIntent is {intent.body['status']}; no bank is at work on it.")
    charge = call.tx.get(intent.body["latest_charge"], "charge")
    session = call.tx.get(intent.hidden.get("session", ""), "checkout.session")
    assert charge is not None, "an intent under way has its charge"
    if paid:
        settle(call, intent, charge.body, at_once=True)
        if session is not None:
            session.body["payment_status"] = "paid"
            call.tx.save(session)
            emit(call, "checkout.session.async_payment_succeeded", show_session(call, session))
        return intent
    charge.body.update(status="failed", failure_code="insufficient_funds", failure_message=_FAILED)
    call.tx.save(charge)
    error: Body = {"charge": charge.id, "code": "payment_method_provider_decline", "message": _FAILED,
                   "type": "card_error"}  # fmt: skip
    intent.body.update(status="requires_payment_method", last_payment_error=error, payment_method=None)
    call.tx.save(intent)
    emit(call, "charge.failed", charge.body)
    emit(call, "payment_intent.payment_failed", intent.body)
    if session is not None:
        emit(call, "checkout.session.async_payment_failed", show_session(call, session))
    return intent


def _details() -> Body:
    return {
        "type": "us_bank_account",
        "us_bank_account": {**BANK, "mandate": None, "payment_reference": None},
    }
