"""Payments made elsewhere attached to an invoice: it is paid when they add up to what is due."""

from typing import Final

from stripe_sandbox.billing.bodies import payment_body
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find, show_plain
from stripe_sandbox.invoicing.close import mark_paid
from stripe_sandbox.store import Row

PAYMENT: Final = "invoice_payment"


def attach_payment(call: Call, params: Body, invoice_id: str) -> Body:
    """Let a payment intent or a payment record pay an open invoice, as far as it goes."""
    invoice = find(call, "invoice", invoice_id, param="invoice")
    if ("payment_intent" in params) == ("payment_record" in params):
        raise invalid("You must give either `payment_intent` or `payment_record`.", param="payment_intent")
    if invoice.body["status"] != "open":
        raise invalid(f"Only open invoices take payments; this one is {invoice.body['status']}.")
    kind = "payment_intent" if "payment_intent" in params else "payment_record"
    source = find(call, kind, params[kind], param=kind, status=400)
    if call.tx.find(PAYMENT, f"body ->> '$.payment.{kind}' = ?", (source.id,)):
        raise invalid("This payment is attached to an invoice already.", param=kind)
    paid, currency = _paid(source)
    if currency != invoice.body["currency"]:
        raise invalid(f"The invoice is in {invoice.body['currency']}.", param=kind)
    owed = invoice.body["amount_remaining"]
    body = payment_body(call, invoice.body, source.id) | {
        "amount_paid": min(paid, owed) if paid else None, "amount_requested": owed, "is_default": False,
        "payment": {kind: source.id, "type": kind}, "status": "paid" if paid else "open",
    }  # fmt: skip
    if not paid:
        body["status_transitions"] = {"canceled_at": None, "paid_at": None}
    made = call.add(PAYMENT, body)
    invoice.body["payments"]["data"].insert(0, made.body)
    if paid:
        _count(call, invoice, min(paid, owed))
        emit(call, "invoice_payment.paid", made.body)
    call.tx.save(invoice)
    return show_plain(call, invoice)


def _paid(source: Row) -> tuple[int, str]:
    if source.kind == "payment_intent":
        return source.body["amount_received"], source.body["currency"]
    money = source.body["amount_guaranteed"]
    return money["value"], money["currency"]


def _count(call: Call, invoice: Row, amount: int) -> None:
    whole = invoice.body["amount_paid"] + amount
    if amount < invoice.body["amount_remaining"]:
        invoice.body.update(amount_paid=whole, amount_remaining=invoice.body["amount_remaining"] - amount)
        emit(call, "invoice.updated", invoice.body)
        return
    mark_paid(call, invoice, whole)


def pay_attached(call: Call, intent: Row) -> None:
    """Let a payment intent that has succeeded pay the invoice it was attached to before."""
    where = "body ->> '$.payment.payment_intent' = ? AND body ->> '$.status' = 'open'"
    for made in call.tx.find(PAYMENT, where, (intent.id,)):
        invoice = call.tx.get(made.body["invoice"], "invoice")
        if invoice is None or invoice.body["status"] != "open":
            continue
        amount = min(intent.body["amount_received"], invoice.body["amount_remaining"])
        made.body.update(amount_paid=amount, status="paid")
        made.body["status_transitions"]["paid_at"] = call.now
        call.tx.save(made)
        shown = [made.body if each["id"] == made.id else each for each in invoice.body["payments"]["data"]]
        invoice.body["payments"]["data"] = shown
        _count(call, invoice, amount)
        call.tx.save(invoice)
        emit(call, "invoice_payment.paid", made.body)


OPERATIONS = {
    "POST /v1/invoices/{invoice}/attach_payment": Operation(
        attach_payment, {"payment_intent": ANY, "payment_record": ANY}
    ),
}
