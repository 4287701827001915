"""Quotes: what something would cost, offered until a day, and an invoice or a subscription once it is accepted.

Source: docs.stripe.com/quotes. There is no PDF of a quote here.
"""

from typing import Final

from stripe_sandbox.billing.begin import create_subscription
from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.items import LINE_ITEMS, check_intervals, price_items, total_of
from stripe_sandbox.checkout.reduce import reduce_items
from stripe_sandbox.checkout.split import check_direct
from stripe_sandbox.currency import shown
from stripe_sandbox.discounts.redeem import TAKES as DISCOUNTS
from stripe_sandbox.errors import invalid, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.files.pdf import page_of_text
from stripe_sandbox.http.listing import page_of, whole_list
from stripe_sandbox.http.operation import ANY, Document, Operation
from stripe_sandbox.http.plain import DATED, PAGED, change, find, list_of, retrieve_of
from stripe_sandbox.invoicing.invoices import create_invoice
from stripe_sandbox.invoicing.items import new_item
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "quote"
_MONTH_S: Final = 30 * 86_400
_TEXTS: Final = ("description", "footer", "header")
_NO_DETAILS: Final = {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}


def create_quote(call: Call, params: Body) -> Body:
    """Draft a quote; it may have no customer and no items yet."""
    if call.is_direct:
        check_direct(call, params)
    row = call.add(
        KIND,
        {
            **nothing_of(KIND, "line_items"),
            "amount_subtotal": 0,
            "amount_total": 0,
            "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
            "collection_method": "charge_automatically",
            "computed": {"recurring": None, "upfront": _upfront([])},
            "created": call.now,
            "default_tax_rates": [],
            "discounts": [],
            "expires_at": call.now + _MONTH_S,
            "invoice_settings": {"days_until_due": None, "issuer": {"type": "self"}},
            "livemode": False,
            "metadata": {},
            "status": "draft",
            "status_transitions": dict.fromkeys(("accepted_at", "canceled_at", "finalized_at")),
            "subscription_data": {
                "billing_mode": {"type": "classic"}, "description": None, "effective_date": None,
                "trial_period_days": None,
            },
            "total_details": dict(_NO_DETAILS),
        },
        hidden={"items": [], "asked": {}},
    )  # fmt: skip
    _merge(call, row, params)
    emit(call, "quote.created", show_quote(call, row))
    return show_quote(call, row)


def _merge(call: Call, row: Row, params: Body) -> None:
    body = row.body
    if params.get("customer"):
        body["customer"] = find(call, "customer", params["customer"], param="customer", status=400).id
    change(row, params, [name for name in _TEXTS if name in params])
    if "expires_at" in params:
        if params["expires_at"] <= call.now:
            raise invalid("The expiration must be in the future.", param="expires_at")
        body["expires_at"] = params["expires_at"]
    body["collection_method"] = params.get("collection_method", body["collection_method"])
    body["invoice_settings"].update(params.get("invoice_settings", {}))
    if trial := (params.get("subscription_data") or {}).get("trial_period_days"):
        body["subscription_data"]["trial_period_days"] = trial
    for name in ("application_fee_amount", "application_fee_percent", "transfer_data"):
        if name in params:
            body[name] = params[name] or None
    for name in ("line_items", "discounts"):
        if name in params:
            row.hidden["asked"][name] = params[name] or []
    if {"line_items", "discounts"} & set(params):
        _price(call, row)
    call.tx.save(row)


def _price(call: Call, row: Row) -> None:
    asked, body = row.hidden["asked"], row.body
    given = asked.get("line_items", [])
    items = price_items(call, [{"quantity": 1, **each} for each in given]) if given else []
    recurring = [each for each in items if each["price"]["recurring"]]
    if recurring and len(recurring) < len(items):
        raise not_built("quotes with one-time prices beside recurring ones")
    if recurring:
        check_intervals(items, "line_items")
    made = (
        reduce_items(call, {"discounts": asked.get("discounts"), "customer": body["customer"]}, items) if items else []
    )
    row.hidden["items"] = items
    subtotal = sum(each["amount_subtotal"] for each in items)
    details = {**_NO_DETAILS, "amount_discount": subtotal - total_of(items)}
    computed: Body = {"recurring": None, "upfront": _upfront(items)}
    if recurring:
        every = items[0]["price"]["recurring"]
        computed["recurring"] = {
            "amount_subtotal": subtotal, "amount_total": total_of(items), "interval": every["interval"],
            "interval_count": every["interval_count"], "total_details": details,
        }  # fmt: skip
    body.update(
        amount_subtotal=subtotal, amount_total=total_of(items), computed=computed, total_details=details,
        currency=items[0]["currency"] if items else None, discounts=[each.id for each in made],
    )  # fmt: skip


def _upfront(items: list[Body]) -> Body:
    subtotal = sum(each["amount_subtotal"] for each in items)
    details = {**_NO_DETAILS, "amount_discount": subtotal - total_of(items)}
    return {"amount_subtotal": subtotal, "amount_total": total_of(items), "total_details": details}


def show_quote(call: Call, row: Row) -> Body:
    """Give a quote; an offer whose day has passed is canceled."""
    if row.body["status"] == "open" and row.body["expires_at"] <= call.now:
        return {**row.body, "status": "canceled"}
    return dict(row.body)


def lines_of(call: Call, row: Row) -> Body:
    """Give the items of a quote as a list object, which it shows only when asked."""
    del call
    return whole_list(f"/v1/quotes/{row.id}/line_items", row.hidden["items"])


def _standing(call: Call, quote_id: str, *wanted: str) -> Row:
    row = find(call, KIND, quote_id)
    status = show_quote(call, row)["status"]
    if status not in wanted:
        raise invalid(f"This quote is {status}; it would have to be {' or '.join(wanted)}.")
    return row


def update_quote(call: Call, params: Body, quote_id: str) -> Body:
    """Change a draft; of an offer only its words and its day."""
    row = _standing(call, quote_id, "draft", "open")
    if row.body["status"] == "open" and set(params) - {*_TEXTS, "metadata", "expires_at", "expand"}:
        raise invalid("The items of a finalized quote cannot be changed any more.")
    _merge(call, row, params)
    return show_quote(call, row)


def _move(call: Call, row: Row, status: str, moment: str, event: str) -> Body:
    row.body["status"] = status
    row.body["status_transitions"][moment] = call.now
    call.tx.save(row)
    emit(call, event, row.body)
    return dict(row.body)


def finalize_quote(call: Call, params: Body, quote_id: str) -> Body:
    """Offer a draft: it gets its number, and waits for an answer."""
    row = _standing(call, quote_id, "draft")
    if not row.body["customer"] or not row.hidden["items"]:
        raise invalid("A quote needs a customer and line items to be finalized.", param="customer")
    if "expires_at" in params:
        _merge(call, row, {"expires_at": params["expires_at"]})
    row.body["number"] = f"QT-SBX-{row.id[-6:].upper()}-1"
    return _move(call, row, "open", "finalized_at", "quote.finalized")


def cancel_quote(call: Call, params: Body, quote_id: str) -> Body:
    """Take a draft or an offer back."""
    del params
    return _move(call, _standing(call, quote_id, "draft", "open"), "canceled", "canceled_at", "quote.canceled")


def accept_quote(call: Call, params: Body, quote_id: str) -> Body:
    """Accept an offer: its items become a draft invoice, or a subscription that is begun at once."""
    del params
    row = _standing(call, quote_id, "open")
    body, items = row.body, row.hidden["items"]
    discounts = {"discounts": [{"discount": each} for each in body["discounts"]]} if body["discounts"] else {}
    shared = {"customer": body["customer"], "metadata": dict(body["metadata"]), **discounts}
    if body["transfer_data"]:
        shared["transfer_data"] = body["transfer_data"]
    if body["computed"]["recurring"]:
        given = {**shared, "items": [{"price": each["price"]["id"], "quantity": each["quantity"]} for each in items]}
        for name, value in (("trial_period_days", body["subscription_data"]["trial_period_days"]),
                            ("application_fee_percent", body["application_fee_percent"])):  # fmt: skip
            if value:
                given[name] = value
        body["subscription"] = create_subscription(call, given)["id"]
    else:
        body["invoice"] = _invoice(call, row, shared)
    return _move(call, row, "accepted", "accepted_at", "quote.accepted")


def _invoice(call: Call, row: Row, shared: Body) -> str:
    body = row.body
    more: Body = {"currency": body["currency"], "collection_method": body["collection_method"], "auto_advance": True}
    if body["collection_method"] == "send_invoice":
        more["days_until_due"] = body["invoice_settings"]["days_until_due"] or 30
    if body["application_fee_amount"]:
        more["application_fee_amount"] = body["application_fee_amount"]
    invoice_id = str(create_invoice(call, {**shared, **more})["id"])
    for item in row.hidden["items"]:
        asked = {"pricing": {"price": item["price"]["id"]}, "quantity": item["quantity"], "invoice": invoice_id}
        new_item(call, {**asked, "customer": body["customer"], "description": item["description"]})
    invoice = find(call, "invoice", invoice_id)
    details = {"quote_details": {"quote": row.id}, "subscription_details": None, "type": "quote_details"}
    invoice.body.update(billing_reason="quote_accept", parent=details)
    call.tx.save(invoice)
    return invoice_id


def list_lines(call: Call, params: Body, quote_id: str) -> Body:
    """Give a page of what a quote offers."""
    row = find(call, KIND, quote_id)
    return page_of(f"/v1/quotes/{row.id}/line_items", row.hidden["items"], params)


def list_upfront(call: Call, params: Body, quote_id: str) -> Body:
    """Give a page of what is paid first."""
    row = find(call, KIND, quote_id)
    return page_of(f"/v1/quotes/{row.id}/computed_upfront_line_items", row.hidden["items"], params)


def print_quote(call: Call, params: Body, quote_id: str) -> Document:
    """Give an offer as a PDF; a draft has none yet."""
    del params
    row = find(call, KIND, quote_id)
    if row.body["status"] == "draft":
        raise invalid("You can only download the PDF of a quote that is finalized.")
    body, currency = row.body, row.body["currency"]
    lines = [f"{each['quantity']} x {each['description']}: {shown(each['amount_total'], currency)}"
             for each in row.hidden["items"]]  # fmt: skip
    head = [call.platform, f"Quote {body['number']}", body["header"] or "", *lines]
    total = f"Total: {shown(body['amount_total'], currency)}"
    return Document(page_of_text([*head, total, body["footer"] or ""]), "application/pdf")


_TAKES = {
    **dict.fromkeys(_TEXTS, ANY), "customer": ANY, "metadata": ANY, "expires_at": ANY, "collection_method": ANY,
    "line_items": {name: LINE_ITEMS[name] for name in ("price", "price_data", "quantity")}, "discounts": DISCOUNTS,
    "invoice_settings": {"days_until_due": ANY}, "subscription_data": {"trial_period_days": ANY},
    "application_fee_amount": ANY, "application_fee_percent": ANY, "transfer_data": {"destination": ANY},
}  # fmt: skip
_ONE = "/v1/quotes/{quote}"
OPERATIONS = {
    "POST /v1/quotes": Operation(create_quote, _TAKES),
    "GET /v1/quotes": Operation(
        list_of(KIND, "/v1/quotes", ["customer", "status"], show=show_quote),
        {**DATED, "customer": ANY, "status": ANY},
    ),
    f"GET {_ONE}": Operation(retrieve_of(KIND, show=show_quote)),
    f"POST {_ONE}": Operation(update_quote, _TAKES),
    f"POST {_ONE}/accept": Operation(accept_quote),
    f"POST {_ONE}/cancel": Operation(cancel_quote),
    f"POST {_ONE}/finalize": Operation(finalize_quote, {"expires_at": ANY}),
    f"GET {_ONE}/pdf": Operation(print_quote),
    f"GET {_ONE}/line_items": Operation(list_lines, PAGED),
    f"GET {_ONE}/computed_upfront_line_items": Operation(list_upfront, PAGED),
}
