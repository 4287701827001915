"""Credit notes: less owed of an open invoice, or something given back of a paid one.

Source: docs.stripe.com/invoicing/integration/programmatic-credit-notes. Taxes and shipping are not played.
"""

from typing import Any, Final

from stripe_sandbox.billing.clock_time import at_clock
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import page_of, whole_list
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, PAGED, change, find, list_of, retrieve_of, show_plain
from stripe_sandbox.ids import new_id
from stripe_sandbox.invoicing.close import mark_paid
from stripe_sandbox.invoicing.lines import line_of
from stripe_sandbox.invoicing.sums import move_balance
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.refunds import create_refund
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "credit_note"
_WAYS: Final = ("refund_amount", "credit_amount", "out_of_band_amount")


def _lines(call: Call, invoice: Row, params: Body) -> list[Body]:
    given = params.get("lines")
    if (given is None) == ("amount" not in params):
        raise invalid("You must specify exactly one of amount or lines.", param="amount")
    if given is None:
        return [_line({"type": "custom_line_item", "description": "Credit"}, params["amount"], None)]
    made: list[Body] = []
    for place, each in enumerate(given):
        source = None
        if each["type"] == "invoice_line_item":
            source = line_of(invoice, each.get("invoice_line_item", ""))
        quantity = each.get("quantity", 1)
        unit = each.get("unit_amount")
        if unit is None and source is not None and source["quantity"]:
            unit = source["amount"] // source["quantity"] if "quantity" in each else None
        amount: Any = each.get("amount", unit * quantity if unit is not None else source["amount"] if source else None)
        if amount is None:
            raise invalid("Missing required param: amount.", param=f"lines[{place}][amount]", code="parameter_missing")
        made.append(_line(each, amount, source["id"] if source else None))
    del call
    return made


def _line(given: Body, amount: int, invoice_line: str | None) -> Body:
    return {
        "id": new_id("credit_note_line_item"),
        "object": "credit_note_line_item",
        "amount": amount,
        "description": given.get("description"),
        "discount_amount": 0,
        "discount_amounts": [],
        "livemode": False,
        "pretax_credit_amounts": [],
        "quantity": given.get("quantity"),
        "tax_rates": [],
        "taxes": [],
        "type": given["type"],
        **({"invoice_line_item": invoice_line} if invoice_line else {}),
    }


def _credited(call: Call, invoice: Row) -> int:
    of_invoice = "body ->> '$.invoice' = ? AND body ->> '$.status' = 'issued'"
    return sum(row.body["total"] for row in call.tx.find(KIND, of_invoice, (invoice.id,)))


def _checked(call: Call, invoice: Row, params: Body) -> tuple[list[Body], int, int]:
    """Give the lines, their sum and how much of it is still owed; what is credited must be there and go somewhere."""
    if invoice.body["status"] not in ("open", "paid"):
        raise invalid("You can only create a credit note for an invoice that is open or paid.", param="invoice")
    lines = _lines(call, invoice, params)
    total = sum(each["amount"] for each in lines)
    left = invoice.body["total"] - _credited(call, invoice)
    if not 0 < total <= left:
        raise invalid(
            f"The credit note must be over at least 1 and at most {left}, what is left to credit.", param="amount"
        )
    before = min(total, invoice.body["amount_remaining"])
    after, back = total - before, sum(params.get(name, 0) for name in _WAYS)
    if back != after:
        message = (
            f"The sum of credit amount, refund amount and out of band amount ({back}) must equal the post payment "
            f"credit note amount ({after})."
        )
        raise invalid(message, param="credit_amount")
    return lines, total, before


def _body(call: Call, invoice: Row, params: Body) -> Body:
    lines, total, before = _checked(call, invoice, params)
    after = total - before
    number = len(call.tx.find(KIND, "body ->> '$.invoice' = ?", (invoice.id,))) + 1
    note_id = new_id(KIND)
    return {
        **nothing_of(KIND),
        "id": note_id,
        "amount": total,
        "amount_shipping": 0,
        "created": call.now,
        "currency": invoice.body["currency"],
        "customer": invoice.body["customer"],
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": params.get("effective_at", call.now),
        "invoice": invoice.id,
        "lines": whole_list(f"/v1/credit_notes/{note_id}/lines", lines),
        "livemode": False,
        "memo": params.get("memo"),
        "metadata": merge_metadata({}, params.get("metadata")),
        "number": f"{invoice.body['number']}-CN-{number:02d}",
        "out_of_band_amount": params.get("out_of_band_amount"),
        "pdf": f"{call.base_url}/credit_notes/{note_id}/pdf",
        "post_payment_amount": after,
        "pre_payment_amount": before,
        "pretax_credit_amounts": [],
        "reason": params.get("reason"),
        "refunds": [],
        "status": "issued",
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "total": total,
        "total_excluding_tax": total,
        "type": "mixed" if before and after else "pre_payment" if before else "post_payment",
    }


def create_note(call: Call, params: Body) -> Body:
    """Issue a note: less is owed, and what was paid already goes back to the card or to the customer's balance."""
    invoice = find(call, "invoice", params["invoice"], param="invoice", status=400)
    with at_clock(call, invoice.body["test_clock"]):
        row = call.add(KIND, _body(call, invoice, params))
        _give_back(call, row, invoice, params)
        invoice.body["pre_payment_credit_notes_amount"] += row.body["pre_payment_amount"]
        invoice.body["post_payment_credit_notes_amount"] += row.body["post_payment_amount"]
        if before := row.body["pre_payment_amount"]:
            invoice.body["amount_due"] -= before
            invoice.body["amount_remaining"] -= before
        call.tx.save(invoice)
        call.tx.save(row)
        emit(call, "credit_note.created", row.body, account=call.account)
        if invoice.body["status"] == "open" and not invoice.body["amount_remaining"]:
            mark_paid(call, invoice, invoice.body["amount_paid"])
    return show_plain(call, row)


def _give_back(call: Call, row: Row, invoice: Row, params: Body) -> None:
    if amount := params.get("refund_amount"):
        paid = [each["payment"]["payment_intent"] for each in invoice.body["payments"]["data"]]
        if not paid:
            raise invalid("This invoice has no payment to refund.", param="refund_amount")
        refund = create_refund(call, {"payment_intent": paid[0], "amount": amount})
        row.body["refunds"] = [{"amount_refunded": amount, "refund": refund["id"], "type": "refund"}]
    if amount := params.get("credit_amount"):
        customer = find(call, "customer", invoice.body["customer"], status=400)
        moved = move_balance(call, customer, -amount, invoice.body["currency"], "credit_note", credit_note=row.id)
        row.body["customer_balance_transaction"] = moved.id


def preview_note(call: Call, params: Body) -> Body:
    """Give what a note would be, without issuing it."""
    invoice = find(call, "invoice", params["invoice"], param="invoice", status=400)
    return {"object": KIND, **_body(call, invoice, params)}


def preview_lines(call: Call, params: Body) -> Body:
    """Give a page of the lines a note would have."""
    lines = preview_note(call, {name: value for name, value in params.items() if name not in PAGED})["lines"]
    return page_of("/v1/credit_notes/preview/lines", lines["data"], params)


def list_lines(call: Call, params: Body, note_id: str) -> Body:
    """Give a page of the lines of a note."""
    row = find(call, KIND, note_id, noun="credit note")
    return page_of(f"/v1/credit_notes/{row.id}/lines", row.body["lines"]["data"], params)


def update_note(call: Call, params: Body, note_id: str) -> Body:
    """Change memo or metadata of a note."""
    row = find(call, KIND, note_id, noun="credit note")
    change(row, params, ["memo"])
    call.tx.save(row)
    emit(call, "credit_note.updated", row.body, account=call.account)
    return show_plain(call, row)


def void_note(call: Call, params: Body, note_id: str) -> Body:
    """Take a note back that lowered an open invoice."""
    del params
    row = find(call, KIND, note_id, noun="credit note")
    invoice = find(call, "invoice", row.body["invoice"])
    if row.body["status"] != "issued" or row.body["type"] != "pre_payment" or invoice.body["status"] != "open":
        raise invalid("Only an issued credit note of an open invoice can be voided.")
    amount = row.body["pre_payment_amount"]
    row.body.update(status="void", voided_at=call.now)
    invoice.body["amount_due"] += amount
    invoice.body["amount_remaining"] += amount
    invoice.body["pre_payment_credit_notes_amount"] -= amount
    call.tx.save(invoice)
    call.tx.save(row)
    emit(call, "credit_note.voided", row.body, account=call.account)
    return show_plain(call, row)


_LINE = dict.fromkeys(("type", "amount", "description", "invoice_line_item", "quantity", "unit_amount"), ANY)
_TAKES = {
    **dict.fromkeys(("invoice", "amount", "memo", "metadata", "reason", "effective_at", *_WAYS), ANY), "lines": _LINE,
}  # fmt: skip
_URL = "/v1/credit_notes"
OPERATIONS = {
    f"POST {_URL}": Operation(create_note, _TAKES),
    f"GET {_URL}": Operation(list_of(KIND, _URL, ["customer", "invoice"]), {**DATED, "customer": ANY, "invoice": ANY}),
    f"GET {_URL}/preview": Operation(preview_note, _TAKES),
    f"GET {_URL}/preview/lines": Operation(preview_lines, {**_TAKES, **PAGED}),
    f"GET {_URL}/{{credit_note}}/lines": Operation(list_lines, PAGED),
    f"GET {_URL}/{{id}}": Operation(retrieve_of(KIND, noun="credit note")),
    f"POST {_URL}/{{id}}": Operation(update_note, {"memo": ANY, "metadata": ANY}),
    f"POST {_URL}/{{id}}/void": Operation(void_note),
}
