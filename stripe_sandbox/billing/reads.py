"""Customers, subscriptions and invoices as the API gives them back and lets them be changed."""

from stripe_sandbox.addresses import check_url
from stripe_sandbox.billing.changes import BEHAVIOURS, ITEMS, change_items
from stripe_sandbox.billing.clock_time import at_clock
from stripe_sandbox.billing.cycle import LIVE, end, pay_again
from stripe_sandbox.billing.reductions import set_discounts
from stripe_sandbox.call import Body, Call
from stripe_sandbox.discounts.redeem import TAKES as DISCOUNTS
from stripe_sandbox.errors import ApiFailure, invalid, missing, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import retrieve_of
from stripe_sandbox.http.searching import TAKES as SEARCH
from stripe_sandbox.http.searching import Fields, search_of
from stripe_sandbox.ids import new_id, random_text
from stripe_sandbox.invoicing.invoices import pay_by_hand
from stripe_sandbox.invoicing.taxes import rates_of
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.methods import find_attached
from stripe_sandbox.store import Row


def _show(call: Call, row: Row) -> Body:
    del call
    return dict(row.body)


def _find(call: Call, kind: str, object_id: str, *, param: str = "id", status: int = 404) -> Row:
    row = call.tx.get(object_id, kind, call.account)
    if row is None:
        raise missing(kind, object_id, param=param, status=status)
    return row


def retrieve_subscription(call: Call, params: Body, subscription_id: str) -> Body:
    """Give one subscription."""
    del params
    return _show(call, _find(call, "subscription", subscription_id))


def update_subscription(call: Call, params: Body, subscription_id: str) -> Body:
    """Let a subscription end with its period, or go on; change its items, its card, its discounts or its metadata."""
    row = _find(call, "subscription", subscription_id)
    if row.body["status"] not in LIVE:
        raise invalid("A canceled subscription can only update its cancellation_details.", param="id")
    row.body["metadata"] = merge_metadata(row.body["metadata"], params.get("metadata"))
    if "cancel_at_period_end" in params:
        ends = params["cancel_at_period_end"]
        period_end = row.body["items"]["data"][0]["current_period_end"]
        row.body.update(
            cancel_at_period_end=ends,
            canceled_at=call.now if ends else None,
            cancel_at=period_end if ends else None,
        )
    if "items" in params:
        with at_clock(call, row.body["test_clock"]):
            change_items(call, row, params["items"], params.get("proration_behavior"))
    if "description" in params:
        row.body["description"] = params["description"] or None
    if "default_tax_rates" in params:
        row.body["default_tax_rates"] = rates_of(call, params["default_tax_rates"], param="default_tax_rates")
    if "discounts" in params:
        set_discounts(call, row, params["discounts"])
    if "default_payment_method" in params:
        _use_card(call, row, params["default_payment_method"], param="default_payment_method")
    call.tx.save(row)
    emit(call, "customer.subscription.updated", row.body)
    return _show(call, row)


def _use_card(call: Call, sub: Row, method_id: str, *, param: str) -> None:
    """Pay a subscription with this card of its customer from now on."""
    method = find_attached(call, method_id, sub.body["customer"], param=param)
    if "card" not in method.hidden:
        raise not_built("subscriptions paid with anything but a card")
    sub.body["default_payment_method"] = method.id
    sub.hidden["card"] = method.hidden["card"]
    call.tx.save(sub)


def delete_discount(call: Call, params: Body, subscription_id: str) -> Body:
    """Take the discounts from a subscription; gives the last one of them."""
    del params
    row = _find(call, "subscription", subscription_id)
    if not row.body["discounts"]:
        raise missing("discount", f"for subscription: {row.id}")
    last = _find(call, "discount", row.body["discounts"][-1])
    set_discounts(call, row, [])
    call.tx.save(row)
    emit(call, "customer.subscription.updated", row.body, previous={"discounts": [last.id]})
    return {**last.body, "deleted": True}


def cancel_subscription(call: Call, params: Body, subscription_id: str) -> Body:
    """End a subscription at once."""
    del params
    row = _find(call, "subscription", subscription_id)
    if row.body["status"] not in LIVE:
        raise missing("subscription", subscription_id)
    with at_clock(call, row.body["test_clock"]):
        end(call, row)
    return _show(call, row)


def list_subscriptions(call: Call, params: Body) -> Body:
    """Give a page of subscriptions, also by customer; ended ones and those of test clocks only when asked for."""
    wanted = dict(params)
    status = wanted.pop("status", None)
    where, values = "body ->> '$.status' <> 'canceled'", ()
    if status:
        where, values = ("TRUE", ()) if status == "all" else ("body ->> '$.status' = ?", (status,))
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("customer", "test_clock")}
    if "customer" not in params and "test_clock" not in params:
        where += " AND body ->> '$.test_clock' IS NULL"
    return list_objects(
        call, "subscription", wanted, "/v1/subscriptions", _show, filters=filters, where=where, values=values
    )


def retrieve_invoice(call: Call, params: Body, invoice_id: str) -> Body:
    """Give one invoice."""
    del params
    return _show(call, _find(call, "invoice", invoice_id))


def list_invoices(call: Call, params: Body) -> Body:
    """Give a page of invoices, also by customer, subscription or status."""
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("customer", "status")}
    filters["subscription"] = "body ->> '$.parent.subscription_details.subscription' = ?"
    return list_objects(call, "invoice", params, "/v1/invoices", _show, filters=filters)


def pay_invoice(call: Call, params: Body, invoice_id: str) -> Body:
    """Pay an invoice now, with the usual card or another one of the customer; raises 402 for a refusal."""
    invoice = _find(call, "invoice", invoice_id)
    if invoice.body["status"] in ("paid", "void"):
        raise invalid(f"Invoice is already {invoice.body['status']}")
    details = (invoice.body["parent"] or {}).get("subscription_details")
    if details is None or params.get("paid_out_of_band"):
        return pay_by_hand(call, invoice, params)
    sub = _find(call, "subscription", details["subscription"])
    usual, card = sub.body["default_payment_method"], sub.hidden["card"]
    with at_clock(call, sub.body["test_clock"]):
        if "payment_method" in params:
            _use_card(call, sub, params["payment_method"], param="payment_method")
        tried = pay_again(call, sub, by_hand=True)
        if "payment_method" in params:
            # Only this invoice was to be paid with it.
            sub.body["default_payment_method"] = usual
            sub.hidden["card"] = card
            call.tx.save(sub)
        if tried is None or tried.body["status"] != "paid":
            message = "Your card was declined."
            raise ApiFailure(402, message, kind="card_error", code="card_declined", stays=True)
    return _show(call, tried)


def list_invoice_payments(call: Call, params: Body) -> Body:
    """Give a page of the payments of invoices, also by invoice or payment intent."""
    wanted = dict(params)
    payment = wanted.pop("payment", None) or {}
    where, values = "TRUE", ()
    if intent := payment.get("payment_intent"):
        where, values = "body ->> '$.payment.payment_intent' = ?", (intent,)
    filters = {"invoice": "body ->> '$.invoice' = ?"}
    return list_objects(
        call, "invoice_payment", wanted, "/v1/invoice_payments", _show, filters=filters, where=where, values=values
    )


def create_portal(call: Call, params: Body) -> Body:
    """Open the page where a customer changes their card."""
    customer = _find(call, "customer", params.get("customer", ""), param="customer", status=400)
    back = check_url(params["return_url"], param="return_url") if params.get("return_url") else None
    token = random_text(32)
    body: Body = {
        "id": new_id("billing_portal.session"),
        "configuration": "bpc_sandbox",
        "created": call.now,
        "customer": customer.id,
        "customer_account": None,
        "flow": None,
        "livemode": False,
        "locale": None,
        "on_behalf_of": None,
        "return_url": back,
        "url": f"{call.base_url}/p/session/{token}",
    }
    return _show(call, call.add("billing_portal.session", body, hidden={"token": token}))


_SUBSCRIPTION_FIELDS = Fields(tokens=("status",), numbers=("canceled_at", "created"))
_INVOICE_FIELDS = Fields(
    tokens=("currency", "customer", "number", "receipt_number", "status", "subscription"),
    numbers=("created", "total"),
    elsewhere={"subscription": "parent.subscription_details.subscription"},
)
_PAGED = {"limit": ANY, "starting_after": ANY, "ending_before": ANY, "created": ANY}
OPERATIONS = {
    "GET /v1/subscriptions": Operation(
        list_subscriptions, {**_PAGED, "customer": ANY, "status": ANY, "test_clock": ANY}
    ),
    "GET /v1/subscriptions/{subscription_exposed_id}": Operation(retrieve_subscription),
    "POST /v1/subscriptions/{subscription_exposed_id}": Operation(
        update_subscription,
        {
            "cancel_at_period_end": ANY,
            "default_payment_method": ANY,
            "metadata": ANY,
            "discounts": DISCOUNTS,
            "default_tax_rates": ANY,
            "description": ANY,
            "items": ITEMS,
            "proration_behavior": BEHAVIOURS,
        },
    ),
    "DELETE /v1/subscriptions/{subscription_exposed_id}/discount": Operation(delete_discount),
    "DELETE /v1/subscriptions/{subscription_exposed_id}": Operation(cancel_subscription),
    "GET /v1/invoices": Operation(list_invoices, {**_PAGED, "customer": ANY, "subscription": ANY, "status": ANY}),
    "GET /v1/invoices/search": Operation(search_of("invoice", "/v1/invoices", _INVOICE_FIELDS), SEARCH),
    "GET /v1/subscriptions/search": Operation(
        search_of("subscription", "/v1/subscriptions", _SUBSCRIPTION_FIELDS), SEARCH
    ),
    "GET /v1/invoices/{invoice}": Operation(retrieve_invoice),
    "POST /v1/invoices/{invoice}/pay": Operation(
        pay_invoice, {"payment_method": ANY, "off_session": ANY, "paid_out_of_band": ANY}
    ),
    "GET /v1/invoice_payments": Operation(
        list_invoice_payments, {**_PAGED, "invoice": ANY, "payment": {"type": ANY, "payment_intent": ANY}}
    ),
    "GET /v1/invoice_payments/{invoice_payment}": Operation(retrieve_of("invoice_payment")),
    "POST /v1/billing_portal/sessions": Operation(create_portal, {"customer": ANY, "return_url": ANY}),
}
