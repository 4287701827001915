"""Charges without an intent, the older way: a test token charged at once, or held and captured."""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.split import check_split
from stripe_sandbox.currency import check_charge, check_currency, check_step
from stripe_sandbox.errors import ApiFailure, invalid, missing, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find
from stripe_sandbox.ids import new_id
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.bodies import billing_details, charge_body, intent_body, method_body
from stripe_sandbox.payments.cards import OUTCOMES
from stripe_sandbox.payments.charging import bank_said, follow_up
from stripe_sandbox.payments.holds import HOLD_S, capture_intent
from stripe_sandbox.payments.methods import card_of
from stripe_sandbox.payments.reads import show
from stripe_sandbox.payments.settle import settle_charge
from stripe_sandbox.payments.sources import card_to_charge
from stripe_sandbox.store import PLATFORM, Row

KIND: Final = "charge"


def create_charge(call: Call, params: Body) -> Body:
    """Charge a test token, or with `capture` false hold its money; raises 402 for a card that is declined."""
    if call.account != PLATFORM:
        raise not_built("charges on connected accounts (direct charges)")
    for name in ("amount", "currency"):
        if name not in params:
            raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
    currency = check_currency(params["currency"])
    check_charge(params["amount"], currency)
    check_split(call, params, params["amount"])
    card = _card(call, params)
    body = _body(call, params, card, currency)
    outcome = OUTCOMES[card["outcome"]]
    if outcome.code:
        body.update(
            status="failed", failure_code=outcome.code, failure_message=outcome.message,
            outcome=bank_said("issuer_declined", outcome.decline_code or outcome.code, "declined_by_network"),
        )  # fmt: skip
        row = call.add(KIND, body)
        emit(call, "charge.failed", row.body)
        more = {"charge": row.id, **({"decline_code": outcome.decline_code} if outcome.decline_code else {})}
        raise ApiFailure(402, outcome.message, kind="card_error", code=outcome.code, more=more, stays=True)
    body["outcome"] = bank_said("authorized", None, "approved_by_network")
    if not params.get("capture", True):
        body["payment_method_details"]["card"]["capture_before"] = call.now + HOLD_S
        body.update(status="succeeded", paid=True, captured=False)
        row = call.add(KIND, body, hidden={"capture_before": call.now + HOLD_S})
    else:
        row = settle_charge(call, body, at_once=outcome.available_at_once)
    emit(call, "charge.succeeded", row.body)
    follow_up(call, row, outcome)
    return show(call, row)


def _card(call: Call, params: Body) -> Body:
    """Give the card of a test token, of a source, or the usual one of the customer."""
    source, customer = params.get("source"), params.get("customer")
    if source is None and customer is None:
        raise invalid("Must provide source or customer.", param="source", code="parameter_missing")
    card = card_of(call, source) if source and source.startswith("tok_") else None
    found = card.kept() if card else card_to_charge(call, source, customer)
    if found is None and source is None:
        raise invalid("Cannot charge a customer that has no active card", param="customer", code="missing")
    if found is None:
        raise missing("token" if str(source).startswith("tok_") else "source", str(source), param="source", status=400)
    return found


def _body(call: Call, params: Body, card: Body, currency: str) -> Body:
    data = {**params, "metadata": merge_metadata({}, params.get("metadata"))}
    intent = {**intent_body(call, "", params["amount"], currency, data), "customer": params.get("customer")}
    if params.get("customer"):
        find(call, "customer", params["customer"], param="customer", status=400)
    method = {"id": f"card_{new_id('charge')[3:]}", **method_body(call, card, billing_details(None, None))}
    body = charge_body(call, new_id(KIND), intent, card, method, challenged=False)
    return {**body, "payment_intent": None}


def capture_charge(call: Call, params: Body, charge_id: str) -> Body:
    """Take what a charge holds, or less; one of a payment intent is captured with its intent."""
    row = find(call, KIND, charge_id, param="charge")
    if row.body["captured"] or row.body["status"] != "succeeded":
        raise invalid(f"Charge {row.id} has already been captured.", code="charge_already_captured")
    if row.body["refunded"]:
        message = f"Charge {row.id} cannot be captured because the charge has expired."
        raise invalid(message, code="charge_expired_for_capture")
    amount = params.get("amount", row.body["amount"])
    check_step(amount, row.body["currency"], param="amount")
    if not 1 <= amount <= row.body["amount"]:
        raise invalid(
            f"The amount must be between 1 and {row.body['amount']}.", param="amount", code="amount_too_large"
        )
    if row.body["payment_intent"]:
        capture_intent(call, {"amount_to_capture": amount}, row.body["payment_intent"])
        return show(call, find(call, KIND, charge_id))
    _take_fee(row, params)
    taken = settle_charge(call, row.body, at_once=False, captured=amount)
    emit(call, "charge.captured", taken.body)
    return show(call, taken)


def _take_fee(row: Row, params: Body) -> None:
    if (fee := params.get("application_fee_amount")) is not None:
        if not row.body["transfer_data"]:
            message = "Can only apply an application_fee_amount with a destination."
            raise invalid(message, param="application_fee_amount")
        row.body["application_fee_amount"] = fee


def expire_due(call: Call) -> int:
    """Free what charges without an intent have held for too long; gives their number."""
    held = "body ->> '$.captured' = 0 AND body ->> '$.refunded' = 0 AND hidden ->> '$.capture_before' <= ?"
    due = call.tx.find(KIND, held, (call.now,))
    for row in due:
        row.body.update(amount_refunded=row.body["amount"], refunded=True)
        call.tx.save(row)
        emit(call, "charge.expired", row.body, account=row.account)
    return len(due)


_CREATES = {
    "amount": ANY, "currency": ANY, "source": ANY, "capture": ANY, "customer": ANY, "description": ANY, "metadata": ANY,
    "receipt_email": ANY, "statement_descriptor_suffix": ANY, "application_fee_amount": ANY, "transfer_group": ANY,
    "transfer_data": {"destination": ANY, "amount": ANY},
}  # fmt: skip
OPERATIONS = {
    "POST /v1/charges": Operation(create_charge, _CREATES),
    "POST /v1/charges/{charge}/capture": Operation(capture_charge, {"amount": ANY, "application_fee_amount": ANY}),
}
