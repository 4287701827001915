"""One attempt to charge a card for a payment intent: the bank's answer, and what follows from it."""

from dataclasses import dataclass

from stripe_sandbox.call import Body, Call
from stripe_sandbox.events.write import emit
from stripe_sandbox.ids import new_id
from stripe_sandbox.payments.bodies import charge_body
from stripe_sandbox.payments.cards import Outcome
from stripe_sandbox.payments.disputes import open_dispute
from stripe_sandbox.payments.holds import authorise
from stripe_sandbox.payments.settle import settle
from stripe_sandbox.payments.warnings import warn
from stripe_sandbox.store import Row


@dataclass(frozen=True, slots=True)
class Charged:
    """How an attempt ended: the charge, and the words for who wanted to pay when it failed."""

    charge: Row
    refused: str = ""


def charge_card(
    call: Call, intent: Row, card: Body, method: Row, outcome: Outcome, *, challenged: bool = False
) -> Charged:
    """Charge a card, or hold its money; a refusal leaves a failed charge and an intent that waits for another card."""
    charge_id = new_id("charge")
    body = charge_body(call, charge_id, intent.body, card, method.body, challenged=challenged)
    intent.body.update(payment_method=method.id, latest_charge=charge_id)
    if outcome.code:
        body.update(
            status="failed",
            failure_code=outcome.code,
            failure_message=outcome.message,
            outcome=bank_said("issuer_declined", outcome.decline_code or outcome.code, "declined_by_network"),
        )
        charge = call.add("charge", body)
        emit(call, "charge.failed", charge.body)
        fail(call, intent, outcome, charge, method)
        return Charged(charge, outcome.message)
    body["outcome"] = bank_said("authorized", None, "approved_by_network")
    if intent.body["capture_method"] == "manual":
        return Charged(authorise(call, intent, body))
    return Charged(settle(call, intent, body, at_once=outcome.available_at_once))


def follow_up(call: Call, charge: Row, outcome: Outcome) -> None:
    """Let the bank of a paid charge do what this test card is for: dispute it, ask about it, warn of fraud."""
    if not charge.body["captured"]:
        return
    if outcome.disputed:
        open_dispute(call, charge, inquiry=outcome.disputed == "inquiry")
    if outcome.warned:
        warn(call, charge)


def bank_said(kind: str, reason: str | None, network: str) -> Body:
    """Give the outcome of a charge."""
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "Payment complete." if reason is None else "The bank did not accept the payment.",
        "type": kind,
    }


def error_of(outcome: Outcome, charge: Row | None, method: Row) -> Body:
    """Give the error an intent keeps of a failed attempt."""
    error: Body = {
        "code": outcome.code,
        "message": outcome.message,
        "payment_method": method.body,
        "type": "card_error" if charge else "invalid_request_error",
    }
    if charge:
        error["charge"] = charge.id
    if outcome.decline_code:
        error["decline_code"] = outcome.decline_code
    return error


def fail(call: Call, intent: Row, outcome: Outcome, charge: Row | None, method: Row) -> None:
    """Note that an attempt failed: the intent waits for another payment method."""
    intent.body.update(
        status="requires_payment_method",
        last_payment_error=error_of(outcome, charge, method),
        payment_method=None,
        next_action=None,
    )
    call.tx.save(intent)
    emit(call, "payment_intent.payment_failed", intent.body)
