"""An invoice paid: by a card or an account of its customer, or outside of Stripe."""

from typing import Final

from stripe_sandbox.billing.bodies import payment_body
from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.split import check_split
from stripe_sandbox.errors import ApiFailure, invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.ids import new_id
from stripe_sandbox.invoicing.close import mark_paid
from stripe_sandbox.payments.bodies import intent_body
from stripe_sandbox.payments.challenge import AWAY, answer_of, refused, send_to_bank
from stripe_sandbox.payments.charging import charge_card, error_of, follow_up
from stripe_sandbox.payments.methods import find_attached
from stripe_sandbox.store import Row

_ACTION: Final = (
    "Payment for this invoice requires additional user action before it can be completed successfully. Payment can be "
    "completed using the PaymentIntent associated with the invoice."
)


def pay_open(call: Call, invoice: Row, params: Body) -> None:
    """Take an open invoice's money now; raises 402 when its card is declined, and the attempt is kept."""
    if params.get("paid_out_of_band"):
        invoice.body["amount_paid_off_stripe"] = invoice.body["amount_due"]
        mark_paid(call, invoice, 0)
        return
    if not invoice.body["amount_due"]:
        mark_paid(call, invoice, 0)
        return
    method = _method_of(call, invoice, params.get("payment_method"))
    intent = _intent_of(call, invoice)
    outcome = answer_of(method, off_session=params.get("off_session", True))
    invoice.body.update(attempted=True, attempt_count=max(invoice.body["attempt_count"], 1))
    if outcome.challenge or outcome is AWAY:
        send_to_bank(call, intent, method, None)
        call.tx.save(invoice)
        emit(call, "payment_intent.requires_action", intent.body)
        emit(call, "invoice.payment_action_required", invoice.body)
        raise ApiFailure(402, _ACTION, kind="card_error", code="invoice_payment_intent_requires_action", stays=True,
                         more={"payment_intent": dict(intent.body)})  # fmt: skip
    done = charge_card(call, intent, method.hidden["card"], method, outcome)
    if done.refused:
        call.tx.save(invoice)
        emit(call, "invoice.payment_failed", invoice.body)
        raise refused(intent, outcome, error_of(outcome, done.charge, method))
    note_payment(call, invoice, intent)
    follow_up(call, done.charge, outcome)


def _method_of(call: Call, invoice: Row, wanted: str | None) -> Row:
    customer = call.tx.get(invoice.body["customer"], "customer")
    usual = customer.body["invoice_settings"]["default_payment_method"] if customer else None
    method_id = wanted or invoice.body["default_payment_method"] or usual
    if method_id is None:
        message = (
            "There is no `default_payment_method` set on this Customer or Invoice. Please set either the Customer's "
            "`default_payment_method` or the Invoice's `default_payment_method`."
        )
        raise invalid(message, code="missing")
    method = find_attached(call, method_id, invoice.body["customer"])
    if "card" not in method.hidden:
        raise invalid("Invoices are paid with cards here.", param="payment_method")
    return method


def _intent_of(call: Call, invoice: Row) -> Row:
    known = call.tx.get(invoice.hidden.get("intent", ""), "payment_intent")
    if known is not None:
        return known
    body, split = invoice.body, invoice.hidden.get("split") or {}
    data = {"description": body["description"] or f"Payment for Invoice {body['number']}", **split}
    intent = call.add(
        "payment_intent",
        {**intent_body(call, new_id("payment_intent"), body["amount_due"], body["currency"], data),
         "customer": body["customer"]},
        hidden={"invoice": invoice.id},
    )  # fmt: skip
    invoice.hidden["intent"] = intent.id
    emit(call, "payment_intent.created", intent.body)
    return intent


def note_payment(call: Call, invoice: Row, intent: Row) -> None:
    """Note that this payment has paid the invoice."""
    paid = call.add("invoice_payment", payment_body(call, invoice.body, intent.id))
    invoice.body["payments"]["data"].insert(0, paid.body)
    mark_paid(call, invoice, invoice.body["amount_due"])
    emit(call, "invoice_payment.paid", paid.body)


def check_shares(call: Call, invoice: Row) -> None:
    """Refuse an application fee or a destination that does not fit what the invoice has come to."""
    if invoice.hidden.get("split"):
        check_split(call, invoice.hidden["split"], invoice.body["amount_due"], direct=call.is_direct)
