"""Invoices made through the API: drafts with items, closed, paid, voided, sent. Source: docs.stripe.com/invoicing."""

from typing import Final

from stripe_sandbox.billing.bodies import resting_invoice
from stripe_sandbox.billing.clock_time import at_clock
from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.split import check_destination, check_direct
from stripe_sandbox.currency import check_currency
from stripe_sandbox.discounts.redeem import TAKES, count, redeem, rows_of
from stripe_sandbox.errors import ApiFailure, invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import change, find, show_plain
from stripe_sandbox.ids import new_id
from stripe_sandbox.invoicing.automatic import check_location, read_automatic
from stripe_sandbox.invoicing.close import close_draft
from stripe_sandbox.invoicing.items import of_invoice, pending_of, recount, take_pending
from stripe_sandbox.invoicing.pay import check_shares, pay_open
from stripe_sandbox.invoicing.sums import return_balance
from stripe_sandbox.invoicing.taxes import rates_of
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row

KIND: Final = "invoice"
_DAY_S: Final = 86_400
_DRAFT_S: Final = 3_600
_PLAIN: Final = ("description", "footer", "statement_descriptor", "custom_fields", "number")


def create_invoice(call: Call, params: Body) -> Body:
    """Create a draft for a customer, with what waits for them if `pending_invoice_items_behavior` includes it."""
    if call.is_direct:
        check_direct(call, params)
    if "customer" not in params:
        raise invalid("Missing required param: customer.", param="customer", code="parameter_missing")
    customer = find(call, "customer", params["customer"], param="customer", status=400)
    with at_clock(call, customer.body["test_clock"]):
        currency = check_currency(params.get("currency") or customer.body["currency"] or "usd")
        row = call.add(KIND, resting_invoice(call, new_id(KIND), customer, currency))
        _merge(call, row, params)
        if params.get("pending_invoice_items_behavior") == "include":
            _use_currency(call, row, params)
            take_pending(call, row, None)
        recount(call, row)
        emit(call, "invoice.created", row.body, account=call.account)
    return show_plain(call, row)


def _use_currency(call: Call, row: Row, params: Body) -> None:
    """A draft without a currency of its own takes that of what waits."""
    if "currency" not in params and not pending_of(call, row.body["customer"], row.body["currency"], None):
        where = "body ->> '$.customer' = ? AND body ->> '$.invoice' IS NULL AND hidden ->> '$.deleted' IS NULL"
        waiting = call.tx.find("invoiceitem", where, (row.body["customer"],))
        row.body["currency"] = waiting[0].body["currency"] if waiting else row.body["currency"]


def _merge(call: Call, row: Row, params: Body) -> None:
    body = row.body
    for name in _PLAIN:
        if name in params:
            body[name] = params[name] or None
    body["metadata"] = merge_metadata(body["metadata"], params.get("metadata"))
    if params.get("default_payment_method"):
        method = find(
            call, "payment_method", params["default_payment_method"], param="default_payment_method", status=400
        )
        body["default_payment_method"] = method.id
    body["collection_method"] = params.get("collection_method", body["collection_method"])
    _set_due(call, body, params)
    if "auto_advance" in params:
        body["auto_advance"] = params["auto_advance"]
    body["automatically_finalizes_at"] = call.now + _DRAFT_S if body["auto_advance"] else None
    if "discounts" in params:
        made = redeem(call, params["discounts"], customer=body["customer"], currency=body["currency"], invoice=row.id)
        body["discounts"] = [each.id for each in made]
    if "automatic_tax" in params:
        body["automatic_tax"] = {**body["automatic_tax"], **read_automatic(call, params["automatic_tax"])}
    if "default_tax_rates" in params:
        body["default_tax_rates"] = rates_of(call, params["default_tax_rates"], param="default_tax_rates")
    _set_split(call, row, params)
    call.tx.save(row)


def _set_due(call: Call, body: Body, params: Body) -> None:
    asked = [name for name in ("days_until_due", "due_date") if name in params]
    sends = body["collection_method"] == "send_invoice"
    if asked and not sends:
        raise invalid(f"`{asked[0]}` is for `collection_method=send_invoice` only.", param=asked[0])
    if sends and not asked and not body["due_date"]:
        message = "If invoice `collection_method`=`send_invoice`, you must pass either `due_date` or `days_until_due`."
        raise invalid(message, param="days_until_due", code="parameter_missing")
    if "days_until_due" in params:
        body["due_date"] = call.now + params["days_until_due"] * _DAY_S
    if "due_date" in params:
        body["due_date"] = params["due_date"]


def _set_split(call: Call, row: Row, params: Body) -> None:
    split = dict(row.hidden.get("split") or {})
    for name in ("application_fee_amount", "transfer_data"):
        if name in params:
            split[name] = params[name] or None
    if transfer := split.get("transfer_data"):
        check_destination(call, transfer["destination"], param="transfer_data[destination]")
    row.hidden["split"] = {name: value for name, value in split.items() if value is not None}


def _find(call: Call, invoice_id: str) -> Row:
    return find(call, KIND, invoice_id, param="invoice")


def _draft(call: Call, invoice_id: str) -> Row:
    row = _find(call, invoice_id)
    if row.body["status"] != "draft":
        raise invalid("This invoice is no longer editable.", code="invoice_not_editable")
    return row


def update_invoice(call: Call, params: Body, invoice_id: str) -> Body:
    """Change a draft; of a closed invoice only metadata, and who pays it."""
    row = _find(call, invoice_id)
    if row.body["status"] != "draft" and set(params) - {"metadata", "default_payment_method", "expand"}:
        raise invalid("Finalized invoices can't be updated in this way.", code="invoice_not_editable")
    if row.body["status"] == "draft":
        _merge(call, row, params)
        recount(call, row)
    else:
        change(row, params, ["default_payment_method"])
        call.tx.save(row)
    emit(call, "invoice.updated", row.body, account=call.account)
    return show_plain(call, row)


def delete_invoice(call: Call, params: Body, invoice_id: str) -> Body:
    """Delete a draft; its items wait again."""
    del params
    row = _find(call, invoice_id)
    if row.body["status"] != "draft" or row.body["parent"]:
        raise invalid("You can only delete draft invoices that do not belong to a subscription.")
    for item in of_invoice(call, row.id):
        item.body["invoice"] = None
        call.tx.save(item)
    call.tx.delete(row)
    emit(call, "invoice.deleted", row.body, account=call.account)
    return {"id": row.id, "object": KIND, "deleted": True}


def finalize_invoice(call: Call, params: Body, invoice_id: str) -> Body:
    """Close a draft."""
    row = _find(call, invoice_id)
    with at_clock(call, row.body["test_clock"]):
        finalize(call, row)
        if "auto_advance" in params:
            row.body["auto_advance"] = params["auto_advance"]
            call.tx.save(row)
    return show_plain(call, row)


def finalize(call: Call, row: Row) -> None:
    """Close a draft; one over nothing is paid with that."""
    if row.body["automatic_tax"]["status"] == "requires_location_inputs":
        check_location(call, row.body["customer"], param="invoice")
    close_draft(call, row)
    check_shares(call, row)
    count(call, rows_of(call, [*row.body["discounts"], *(name for line in row.body["lines"]["data"]
                                                        for name in line["discounts"])]))  # fmt: skip
    if not row.body["amount_due"]:
        pay_open(call, row, {})


def pay_by_hand(call: Call, row: Row, params: Body) -> Body:
    """Pay an invoice that belongs to no subscription; a draft is closed first."""
    with at_clock(call, row.body["test_clock"]):
        if row.body["status"] == "draft":
            finalize(call, row)
        if row.body["status"] != "paid":
            pay_open(call, row, params)
    return show_plain(call, row)


def send_invoice(call: Call, params: Body, invoice_id: str) -> Body:
    """Send an invoice to its customer, as far as a sandbox can: it is closed, and the event says that it was sent."""
    del params
    row = _find(call, invoice_id)
    if row.body["collection_method"] != "send_invoice":
        raise invalid("You can only manually send an invoice if its collection method is 'send_invoice'.")
    if not row.body["customer_email"]:
        raise invalid("The customer of this invoice has no e-mail address.")
    if row.body["status"] not in ("draft", "open"):
        raise invalid(f"This invoice is {row.body['status']}.")
    with at_clock(call, row.body["test_clock"]):
        if row.body["status"] == "draft":
            finalize(call, row)
        emit(call, "invoice.sent", row.body, account=call.account)
    return show_plain(call, row)


def _end(call: Call, invoice_id: str, status: str, moment: str, wanted: tuple[str, ...]) -> Row:
    row = _find(call, invoice_id)
    if row.body["status"] not in wanted:
        message = f"This invoice is {row.body['status']}; only one that is {' or '.join(wanted)} can become {status}."
        raise invalid(message, code="status_transition_invalid")
    with at_clock(call, row.body["test_clock"]):
        row.body["status"] = status
        row.body["status_transitions"][moment] = call.now
        row.body["auto_advance"] = False
        call.tx.save(row)
    return row


def void_invoice(call: Call, params: Body, invoice_id: str) -> Body:
    """Take an open invoice back: nobody owes it, and what the balance had paid of it is there again."""
    del params
    row = _end(call, invoice_id, "void", "voided_at", ("open", "uncollectible"))
    return_balance(call, row)
    emit(call, "invoice.voided", row.body, account=call.account)
    return show_plain(call, row)


def give_up_invoice(call: Call, params: Body, invoice_id: str) -> Body:
    """Give an open invoice up: it is owed, but nobody expects it to be paid."""
    del params
    row = _end(call, invoice_id, "uncollectible", "marked_uncollectible_at", ("open",))
    emit(call, "invoice.marked_uncollectible", row.body, account=call.account)
    return show_plain(call, row)


def finalize_due(call: Call) -> int:
    """Close and charge the drafts that advance by themselves and have waited an hour; gives their number."""
    where = "body ->> '$.status' = 'draft' AND body ->> '$.automatically_finalizes_at' <= ?"
    due = [row for row in call.tx.find(KIND, where, (call.now,)) if not row.body["test_clock"]]
    for row in due:
        with call.on(row.account):
            try:
                _advance(call, row)
            except ApiFailure:
                row.body["automatically_finalizes_at"] = None
                call.tx.save(row)
                emit(call, "invoice.finalization_failed", row.body)
    return len(due)


def _advance(call: Call, row: Row) -> None:
    finalize(call, row)
    if row.body["status"] == "open" and row.body["collection_method"] == "charge_automatically":
        try:
            pay_open(call, row, {})
        except ApiFailure:
            # Nobody is there to hear of it but by its event, which was sent.
            call.tx.save(row)
    elif row.body["status"] == "open":
        emit(call, "invoice.sent", row.body)


_TRANSFER = {"destination": ANY, "amount": ANY}
_CHANGES = {
    **dict.fromkeys(_PLAIN, ANY), "metadata": ANY, "default_payment_method": ANY, "collection_method": ANY,
    "days_until_due": ANY, "due_date": ANY, "auto_advance": ANY, "default_tax_rates": ANY,
    "discounts": TAKES, "application_fee_amount": ANY,
    "transfer_data": _TRANSFER, "custom_fields": {"name": ANY, "value": ANY}, "automatic_tax": {"enabled": ANY},
}  # fmt: skip
_CREATES = {**_CHANGES, "customer": ANY, "currency": ANY, "pending_invoice_items_behavior": ANY}
_ONE = "/v1/invoices/{invoice}"
OPERATIONS = {
    "POST /v1/invoices": Operation(create_invoice, _CREATES),
    f"POST {_ONE}": Operation(update_invoice, _CHANGES),
    f"DELETE {_ONE}": Operation(delete_invoice),
    f"POST {_ONE}/finalize": Operation(finalize_invoice, {"auto_advance": ANY}),
    f"POST {_ONE}/send": Operation(send_invoice),
    f"POST {_ONE}/void": Operation(void_invoice),
    f"POST {_ONE}/mark_uncollectible": Operation(give_up_invoice),
}
