"""A hold that grows: more of the card's money is held for the same payment. Every card of the sandbox lets it."""

from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.split import check_split
from stripe_sandbox.currency import check_charge
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import page_of
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find
from stripe_sandbox.payments.challenge import unexpected
from stripe_sandbox.payments.reads import show

_TIMES_MAX = 10


def increment(call: Call, params: Body, intent_id: str) -> Body:
    """Hold more for a payment that is held; raises 400 for less, and after ten times."""
    intent = find(call, "payment_intent", intent_id, param="intent")
    if intent.body["status"] != "requires_capture":
        raise unexpected(intent, "incremented", ("requires_capture",))
    amount, times = params["amount"], intent.hidden.get("increments", 0)
    if amount <= intent.body["amount"]:
        raise invalid("The amount must be greater than the currently authorized amount.", param="amount")
    if times >= _TIMES_MAX:
        raise invalid(f"An authorization can be incremented at most {_TIMES_MAX} times.")
    check_charge(amount, intent.body["currency"])
    fee = params.get("application_fee_amount", intent.body["application_fee_amount"])
    transfer = {**(intent.body["transfer_data"] or {}), **params.get("transfer_data", {})} or None
    check_split(call, {"application_fee_amount": fee, "transfer_data": transfer}, amount, direct=call.is_direct)
    charge = find(call, "charge", intent.body["latest_charge"])
    texts = {name: params[name] for name in ("description", "statement_descriptor") if name in params}
    intent.body.update(
        amount=amount, amount_capturable=amount, application_fee_amount=fee, transfer_data=transfer, **texts
    )
    intent.hidden["increments"] = times + 1
    charge.body.update(amount=amount, application_fee_amount=fee, **texts)
    charge.body["payment_method_details"]["card"]["amount_authorized"] = amount
    call.tx.save(intent)
    call.tx.save(charge)
    emit(call, "payment_intent.amount_capturable_updated", intent.body)
    return show(call, intent)


def list_amount_lines(call: Call, params: Body, intent_id: str) -> Body:
    """Give the line items of an amount: the sandbox takes none, so there are none."""
    row = find(call, "payment_intent", intent_id, param="intent")
    return page_of(f"/v1/payment_intents/{row.id}/amount_details_line_items", [], params)


OPERATIONS = {
    "GET /v1/payment_intents/{intent}/amount_details_line_items": Operation(list_amount_lines, PAGED),
    "POST /v1/payment_intents/{intent}/increment_authorization": Operation(
        increment,
        {
            "amount": ANY, "application_fee_amount": ANY, "description": ANY, "metadata": ANY,
            "statement_descriptor": ANY, "transfer_data": {"amount": ANY},
        },
    )
}  # fmt: skip
