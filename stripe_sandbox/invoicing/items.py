"""Invoice items: what waits to be invoiced, and what lies on a draft. Source: docs.stripe.com/api/invoiceitems."""

from typing import Any, Final

from stripe_sandbox.billing.bodies import pricing_of
from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency
from stripe_sandbox.discounts.redeem import TAKES as DISCOUNTS
from stripe_sandbox.discounts.redeem import redeem
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, change, find, retrieve_of, show_plain
from stripe_sandbox.ids import new_id
from stripe_sandbox.invoicing.sums import add_up
from stripe_sandbox.invoicing.taxes import rates_of
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "invoiceitem"


def create_item(call: Call, params: Body) -> Body:
    """Create an item: on a draft if `invoice` names one, else waiting for the customer's next invoice."""
    if "customer" not in params:
        raise invalid("Missing required param: customer.", param="customer", code="parameter_missing")
    return show_plain(call, new_item(call, params))


def new_item(call: Call, params: Body, *, proration: bool = False) -> Row:
    """Store an item and put it on its draft; raises 400 for one without a customer, an amount or a currency."""
    customer = find(call, "customer", params["customer"], param="customer", status=400)
    draft = draft_of(call, params["invoice"], customer.id) if params.get("invoice") else None
    priced = _priced(call, params, draft)
    period = params.get("period") or {"start": call.now, "end": call.now}
    if period["end"] < period["start"]:
        raise invalid("The period ends before it starts.", param="period[end]")
    sub = params.get("subscription")
    parent = {"subscription_details": {"subscription": sub}, "type": "subscription_details"} if sub else None
    row = call.add(
        KIND,
        {
            **nothing_of(KIND),
            **priced,
            "customer": customer.id,
            "date": call.now,
            "description": params.get("description"),
            "discountable": params.get("discountable", priced["amount"] >= 0),
            "discounts": [],
            "invoice": draft.id if draft else None,
            "livemode": False,
            "metadata": merge_metadata({}, params.get("metadata")),
            "parent": parent,
            "period": period,
            "proration": proration,
            "tax_rates": rates_of(call, params.get("tax_rates"), param="tax_rates"),
            "test_clock": customer.body["test_clock"],
        },
    )
    made = redeem(call, params.get("discounts"), customer=customer.id, currency=priced["currency"],
                  amount=priced["amount"], invoice_item=row.id)  # fmt: skip
    row.body["discounts"] = [each.id for each in made]
    call.tx.save(row)
    emit(call, "invoiceitem.created", row.body, account=call.account)
    if draft is not None:
        recount(call, draft)
    return row


def draft_of(call: Call, invoice_id: str, customer: str) -> Row:
    """Give the draft of this customer; raises 400 for an invoice that cannot be changed any more."""
    invoice = find(call, "invoice", invoice_id, param="invoice", status=400)
    if invoice.body["status"] != "draft":
        raise invalid("This invoice is no longer editable.", param="invoice", code="invoice_not_editable")
    if invoice.body["customer"] != customer:
        raise invalid("The invoice belongs to another customer.", param="invoice")
    return invoice


def _priced(call: Call, params: Body, draft: Row | None) -> Body:
    quantity = params.get("quantity", 1)
    price = _price(call, params)
    if price is None and "amount" not in params:
        raise invalid("You must specify amount, pricing or price_data.", param="amount", code="parameter_missing")
    currency = price["currency"] if price else check_currency(params.get("currency") or _currency(draft))
    if draft is not None and draft.body["currency"] != currency:
        raise invalid(f"The invoice is in {draft.body['currency']}.", param="currency")
    amount = int(price["unit_amount"]) * quantity if price else params["amount"]
    return {
        "amount": amount,
        "currency": currency,
        "net_amount": amount,
        "pricing": pricing_of(price) if price else None,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
    }


def _currency(draft: Row | None) -> str:
    if draft is None:
        raise invalid("Missing required param: currency.", param="currency", code="parameter_missing")
    return str(draft.body["currency"])


def _price(call: Call, params: Body) -> Body | None:
    named = params.get("pricing", {}).get("price") or params.get("price")
    if sum(each is not None for each in (named, params.get("price_data"), params.get("amount"))) > 1:
        raise invalid("You may only specify one of these parameters: amount, pricing, price_data.", param="amount")
    if named:
        price = find(call, "price", named, param="pricing[price]", status=400).body
        if price["recurring"]:
            raise invalid("An invoice item takes a price with `type=one_time` only.", param="pricing[price]")
        return price
    data = params.get("price_data")
    if data is None:
        return None
    find(call, "product", data["product"], param="price_data[product]", status=400)
    if "unit_amount" not in data:
        raise invalid("Missing required param: price_data[unit_amount].", param="price_data[unit_amount]")
    fresh = {"id": new_id("price"), "currency": check_currency(data["currency"]), "product": data["product"]}
    return {**fresh, "unit_amount": data["unit_amount"], "unit_amount_decimal": str(data["unit_amount"])}


def update_item(call: Call, params: Body, item_id: str) -> Body:
    """Change an item that is not invoiced yet."""
    row = _changeable(call, item_id)
    previous = change(row, params, ["description", "discountable"])
    if "period" in params:
        row.body["period"] = params["period"]
    if "tax_rates" in params:
        row.body["tax_rates"] = rates_of(call, params["tax_rates"], param="tax_rates")
    if "amount" in params or "quantity" in params:
        body = row.body
        unit = int(body["pricing"]["unit_amount_decimal"]) if body["pricing"] else None
        if "amount" in params and unit is not None:
            raise invalid("The amount of an item with a price follows from its quantity.", param="amount")
        body["quantity"] = params.get("quantity", body["quantity"])
        body["amount"] = unit * body["quantity"] if unit is not None else params.get("amount", body["amount"])
        body.update(net_amount=body["amount"], quantity_decimal=str(body["quantity"]))
    if "discounts" in params:
        made = redeem(call, params["discounts"], customer=row.body["customer"], currency=row.body["currency"],
                      amount=row.body["amount"], invoice_item=row.id)  # fmt: skip
        row.body["discounts"] = [each.id for each in made]
    call.tx.save(row)
    if draft := call.tx.get(row.body["invoice"] or "", "invoice"):
        recount(call, draft)
    del previous
    return show_plain(call, row)


def delete_item(call: Call, params: Body, item_id: str) -> Body:
    """Delete an item that is not invoiced yet."""
    del params
    row = _changeable(call, item_id)
    row.hidden["deleted"] = True
    call.tx.save(row)
    emit(call, "invoiceitem.deleted", row.body, account=call.account)
    if draft := call.tx.get(row.body["invoice"] or "", "invoice"):
        recount(call, draft)
    return {"id": row.id, "object": KIND, "deleted": True}


def _changeable(call: Call, item_id: str) -> Row:
    row = find(call, KIND, item_id, noun="invoiceitem")
    invoice = call.tx.get(row.body["invoice"] or "", "invoice")
    if invoice is not None and invoice.body["status"] != "draft":
        raise invalid("This invoice item is on an invoice that is no longer editable.", code="invoice_not_editable")
    return row


def of_invoice(call: Call, invoice_id: str) -> list[Row]:
    """Give the items of an invoice, oldest first."""
    where = "body ->> '$.invoice' = ? AND hidden ->> '$.deleted' IS NULL"
    return call.tx.find(KIND, where, (invoice_id,))


def pending_of(call: Call, customer: str, currency: str, sub: str | None) -> list[Row]:
    """Give what waits for the next invoice of a customer, of a subscription too if one is named."""
    where = (
        "body ->> '$.customer' = ? AND body ->> '$.invoice' IS NULL AND body ->> '$.currency' = ? "
        "AND hidden ->> '$.deleted' IS NULL AND coalesce(body ->> '$.parent.subscription_details.subscription', ?) = ?"
    )
    return call.tx.find(KIND, where, (customer, currency, sub or "", sub or ""))


def take_pending(call: Call, invoice: Row, sub: str | None) -> None:
    """Put what waits for this customer on a draft, and add it up."""
    for item in pending_of(call, invoice.body["customer"], invoice.body["currency"], sub):
        item.body["invoice"] = invoice.id
        call.tx.save(item)
    recount(call, invoice)


def recount(call: Call, invoice: Row) -> None:
    """Bring the lines of a draft up to date with its items, and add them up."""
    lines = invoice.body["lines"]["data"]
    known = {line["parent"]["invoice_item_details"]["invoice_item"]: line["id"] for line in lines if _of_item(line)}
    kept = [line for line in lines if not _of_item(line)]
    fresh = [line_of(each, invoice.id, known.get(each.id)) for each in of_invoice(call, invoice.id)]
    invoice.body["lines"]["data"] = [*kept, *fresh]
    add_up(call, invoice.body)
    call.tx.save(invoice)


def _of_item(line: Body) -> bool:
    return bool(line["parent"]) and line["parent"]["type"] == "invoice_item_details"


def line_of(item: Row, invoice_id: str, line_id: str | None = None) -> Body:
    """Give the line an item is on an invoice."""
    body = item.body
    sub: Any = ((body["parent"] or {}).get("subscription_details") or {}).get("subscription")
    details = {"invoice_item": item.id, "proration": body["proration"], "proration_details": {"credited_items": None},
               "subscription": sub}  # fmt: skip
    names = ("amount", "currency", "description", "discountable", "discounts", "metadata", "period", "pricing",
             "quantity")  # fmt: skip
    return {
        "id": line_id or new_id("line_item"),
        "object": "line_item",
        **{name: body[name] for name in names},
        "discount_amounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "parent": {
            "invoice_item_details": details, "subscription_item_details": None, "type": "invoice_item_details",
        },
        "pretax_credit_amounts": [],
        "subscription": sub,
        "subtotal": body["amount"],
        "taxes": [],
    }  # fmt: skip


def list_items(call: Call, params: Body) -> Body:
    """Give a page of items, also by customer, by invoice, or only those that wait for one."""
    wanted = dict(params)
    where, pending = "hidden ->> '$.deleted' IS NULL", wanted.pop("pending", None)
    if pending is not None:
        where += f" AND body ->> '$.invoice' IS {'' if pending else 'NOT '}NULL"
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("customer", "invoice")}
    return list_objects(call, KIND, wanted, "/v1/invoiceitems", show_plain, filters=filters, where=where)


_CHANGES = {
    "amount": ANY, "description": ANY, "discountable": ANY, "discounts": DISCOUNTS, "metadata": ANY, "quantity": ANY,
    "tax_rates": ANY,
    "period": {"start": ANY, "end": ANY},
}  # fmt: skip
_PRICE_DATA = {"currency": ANY, "product": ANY, "unit_amount": ANY, "tax_behavior": ANY}
ITEM: Final = {**_CHANGES, "pricing": {"price": ANY}, "price_data": _PRICE_DATA}
_CREATES = {**ITEM, "currency": ANY, "customer": ANY, "invoice": ANY, "subscription": ANY}
_ONE = "/v1/invoiceitems/{invoiceitem}"
OPERATIONS = {
    "POST /v1/invoiceitems": Operation(create_item, _CREATES),
    "GET /v1/invoiceitems": Operation(list_items, {**DATED, "customer": ANY, "invoice": ANY, "pending": ANY}),
    f"GET {_ONE}": Operation(retrieve_of(KIND)),
    f"POST {_ONE}": Operation(update_item, _CHANGES),
    f"DELETE {_ONE}": Operation(delete_item),
}
