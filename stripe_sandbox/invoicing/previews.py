"""What the next invoice would be: reckoned like a real one, and nothing of it is kept."""

from typing import Final

from stripe_sandbox.billing.bodies import invoice_body, resting_invoice
from stripe_sandbox.billing.clock_time import at_clock
from stripe_sandbox.billing.periods import after
from stripe_sandbox.call import Body, Call
from stripe_sandbox.discounts.redeem import TAKES as DISCOUNTS
from stripe_sandbox.discounts.redeem import redeem
from stripe_sandbox.errors import ApiFailure, invalid
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find
from stripe_sandbox.ids import random_text
from stripe_sandbox.invoicing.items import ITEM, line_of, new_item, pending_of
from stripe_sandbox.invoicing.sums import add_up, in_force
from stripe_sandbox.store import Row

_LIVE: Final = ("trialing", "active", "past_due", "incomplete")


def create_preview(call: Call, params: Body) -> Body:
    """Give what the next invoice of a subscription or a customer would be, with these items and discounts more."""
    named = params.get("subscription")
    sub = find(call, "subscription", named, param="subscription", status=400) if named else None
    customer_id = params.get("customer") or (sub.body["customer"] if sub else None)
    if customer_id is None:
        raise invalid("You must specify customer or subscription.", param="customer", code="parameter_missing")
    customer = find(call, "customer", customer_id, param="customer", status=400)
    call.tx.sql("SAVEPOINT preview")
    try:
        with at_clock(call, customer.body["test_clock"]):
            return _reckon(call, customer, sub or _only_subscription(call, customer), params)
    finally:
        call.tx.sql("ROLLBACK TO preview")
        call.tx.sql("RELEASE preview")


def _only_subscription(call: Call, customer: Row) -> Row | None:
    found = call.tx.find("subscription", "body ->> '$.customer' = ?", (customer.id,))
    live = [row for row in found if row.body["status"] in _LIVE]
    return live[0] if len(live) == 1 else None


def _reckon(call: Call, customer: Row, sub: Row | None, params: Body) -> Body:
    currency = sub.body["currency"] if sub else params.get("currency") or customer.body["currency"] or "usd"
    body = _begin(call, customer, sub, currency)
    for each in params.get("invoice_items", []):
        # Made like any other: it waits, and so it is found below.
        new_item(call, {**each, "customer": customer.id, "currency": each.get("currency", currency)})
    waiting = pending_of(call, customer.id, currency, sub.id if sub else None)
    body["lines"]["data"] += [line_of(row, body["id"]) for row in waiting]
    if not body["lines"]["data"]:
        message = f"No upcoming invoices for customer: {customer.id}"
        raise ApiFailure(404, message, code="invoice_upcoming_none")
    if "discounts" in params:
        made = redeem(call, params["discounts"], customer=customer.id, currency=currency, invoice=body["id"])
        body["discounts"] = [each.id for each in made]
    add_up(call, body)
    before, total = customer.body["balance"], body["total"]
    used = min(-before, max(total, 0)) if before < 0 else -before
    body.update(starting_balance=before, ending_balance=before + used, amount_due=max(total - used, 0))
    body["amount_remaining"] = body["amount_due"]
    return body


def _begin(call: Call, customer: Row, sub: Row | None, currency: str) -> Body:
    if sub is None or sub.body["cancel_at_period_end"] or sub.body["status"] not in _LIVE:
        body = resting_invoice(call, f"upcoming_in_{random_text(24)}", customer, currency)
        return {**body, "object": "invoice", "billing_reason": "upcoming"}
    item = sub.body["items"]["data"][0]
    start = item["current_period_end"]
    period = (start, after(start, item["price"]["recurring"]))
    shown = {**sub.body, "discounts": in_force(call, sub.body["discounts"])}
    body = invoice_body(call, shown, customer, "upcoming", period, last=(item["current_period_start"], start))
    return {**body, "id": f"upcoming_{body['id']}", "object": "invoice", "created": start}


_TAKES = {
    "customer": ANY, "subscription": ANY, "currency": ANY, "discounts": DISCOUNTS, "preview_mode": ("next",),
    "invoice_items": {**ITEM, "price": ANY, "currency": ANY},
}  # fmt: skip
OPERATIONS = {"POST /v1/invoices/create_preview": Operation(create_preview, _TAKES)}
