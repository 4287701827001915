"""Checkout sessions: one attempt of one visitor to buy."""

import re
from typing import Any, Final

from stripe_sandbox.addresses import check_url
from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.items import LINE_ITEMS, check_intervals, price_items, total_of
from stripe_sandbox.checkout.links import PI_DATA, completed_count, limit_of, line_items_of
from stripe_sandbox.checkout.reduce import note_discounts, reduce_items
from stripe_sandbox.checkout.session_body import customer_details, new_session_body
from stripe_sandbox.checkout.shipping import SESSION_SHIPPING, read_shipping, shipping_amount
from stripe_sandbox.checkout.split import check_destination, check_direct, check_percent, check_split
from stripe_sandbox.checkout.taxed import name_rates, tax_of
from stripe_sandbox.currency import check_charge
from stripe_sandbox.errors import PageRefusal, invalid, missing, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects, page_of
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row

KIND: Final = "checkout.session"
LIFETIME_S: Final = 24 * 3600
_SHORTEST_S: Final = 30 * 60
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,200}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,250}\.[^@\s.]{2,}")

_AS_GIVEN: Final = (
    "allow_promotion_codes", "cancel_url", "client_reference_id", "customer_email", "integration_identifier",
    "submit_type",
)  # fmt: skip
_OFF = {"enabled": (False,)}
_CREATES = {
    "mode": ("payment", "subscription"),
    "subscription_data": {
        "application_fee_percent": ANY,
        "transfer_data": {"destination": ANY},
        "metadata": ANY,
        "trial_period_days": ANY,
        "description": ANY,
    },
    **SESSION_SHIPPING,
    "ui_mode": ("hosted_page",),
    "line_items": {**LINE_ITEMS, "tax_rates": ANY},
    "success_url": ANY,
    "cancel_url": ANY,
    "client_reference_id": ANY,
    "customer": ANY,
    "customer_email": ANY,
    "expires_at": ANY,
    "metadata": ANY,
    "payment_intent_data": {
        **PI_DATA,
        "receipt_email": ANY,
        "application_fee_amount": ANY,
        "transfer_data": {"destination": ANY, "amount": ANY},
    },
    "adaptive_pricing": _OFF,
    "allow_promotion_codes": ANY,
    "allowed_payment_method_types": (["card"],),
    "automatic_tax": _OFF,
    "billing_address_collection": ("auto",),
    "currency": ANY,
    "discounts": {"coupon": ANY, "promotion_code": ANY},
    "customer_creation": ("if_required",),
    "integration_identifier": ANY,
    "invoice_creation": _OFF,
    "locale": ("auto", "en"),
    "phone_number_collection": _OFF,
    "submit_type": ANY,
    "tax_id_collection": _OFF,
}


def create_session(call: Call, params: Body) -> Body:
    """Create a session for the hosted page."""
    if call.is_direct:
        check_direct(call, {**params.get("payment_intent_data", {}), **params.get("subscription_data", {})})
    if "success_url" not in params:
        raise invalid("Missing required param: success_url.", param="success_url", code="parameter_missing")
    if params.get("mode") is None:
        raise invalid("Missing required param: mode.", param="mode", code="parameter_missing")
    items = price_items(call, params.get("line_items", []))
    data = params.get("payment_intent_data", {})
    name_rates(call, items, params.get("line_items", []))
    discounts = reduce_items(call, params, items)
    ships = read_shipping(call, params, items[0]["currency"])
    check_split(call, data, total_of(items) + shipping_amount(ships), path="payment_intent_data", direct=call.is_direct)
    recurs = _check_mode(call, params, items)
    given = {
        **{name: params.get(name) for name in _AS_GIVEN},
        "success_url": check_url(params["success_url"], param="success_url"),
        "expires_at": _expiry(call, params.get("expires_at")),
        "metadata": merge_metadata({}, params.get("metadata")),
    }
    customer = _customer(call, params)
    if params.get("cancel_url"):
        check_url(params["cancel_url"], param="cancel_url")
    if params.get("currency", items[0]["currency"]).lower() != items[0]["currency"]:
        raise invalid("The price specified is not available in the given currency.", param="currency")
    opened = _open(call, given, items, data, ships)
    note_discounts(call, opened, discounts)
    if customer is not None:
        opened.body.update(customer=customer.id, customer_details=customer_details(customer.body["email"], None))
        call.tx.save(opened)
    if recurs and not opened.body["amount_total"]:
        raise not_built("a checkout session for a subscription whose first period costs nothing after its discount")
    if recurs:
        opened.body.update(mode="subscription", payment_status="unpaid")
        opened.hidden["subscription"] = params.get("subscription_data", {})
        call.tx.save(opened)
    return show_session(call, opened)


def _customer(call: Call, params: Body) -> Row | None:
    if params.get("discounts") and params.get("allow_promotion_codes"):
        raise invalid("You may only specify one of: allow_promotion_codes, discounts.", param="discounts")
    if "customer" not in params:
        return None
    if "customer_email" in params:
        raise invalid("You may only specify one of these parameters: customer, customer_email.", param="customer")
    return find(call, "customer", params["customer"], param="customer", status=400)


def _check_mode(call: Call, params: Body, items: list[Body]) -> bool:
    """Whether the session sells a subscription; raises 400 when its items or its data are of the other kind."""
    recurs = params["mode"] == "subscription"
    if recurs and params.get("shipping_options"):
        raise not_built("shipping of subscriptions")
    recurring = [item for item in items if item["price"]["recurring"]]
    if recurs and not recurring:
        message = "You must provide at least one recurring price in `subscription` mode when using prices."
        raise invalid(message, param="line_items")
    if recurs and tax_of(items):
        raise not_built("tax rates of the line items of a subscription")
    if recurs and len(recurring) < len(items):
        raise not_built("one-time prices beside the recurring ones of a subscription")
    if recurs:
        check_intervals(items, "line_items")
    if recurring and not recurs:
        message = "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode."
        raise invalid(message, param="line_items")
    if params.get("subscription_data") and not recurs:
        raise invalid("You can not pass `subscription_data` in `payment` mode.", param="subscription_data")
    if params.get("payment_intent_data") and recurs:
        raise invalid("You can not pass `payment_intent_data` in `subscription` mode.", param="payment_intent_data")
    check_percent(call, params.get("subscription_data", {}), path="subscription_data")
    split = params.get("subscription_data", {}).get("transfer_data")
    if split:
        check_destination(call, split["destination"], param="subscription_data[transfer_data][destination]")
    return recurs


def _expiry(call: Call, wished: int | None) -> int:
    if wished is None:
        return call.now + LIFETIME_S
    if not call.now + _SHORTEST_S - 60 <= wished <= call.now + LIFETIME_S + 60:
        message = "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from creation."
        raise invalid(message, param="expires_at")
    return wished


def open_from_link(call: Call, link: Row, *, email: str | None, reference: str | None) -> Row:
    """Open a session for a visitor of a link. Address parameters that make no sense are dropped, as on Stripe."""
    refuse_closed_link(call, link)
    body = link.body
    redirect = body["after_completion"].get("redirect")
    given = {
        "success_url": redirect["url"] if redirect else None,
        "customer_email": email if email and _EMAIL.fullmatch(email) else None,
        "client_reference_id": reference if reference and _REFERENCE.fullmatch(reference) else None,
        "expires_at": call.now + LIFETIME_S,
        "metadata": dict(body["metadata"]),
        "payment_link": link.id,
        "submit_type": body["submit_type"],
        "cancel_url": None,
        "integration_identifier": None,
        "allow_promotion_codes": body["allow_promotion_codes"],
    }
    data = {
        **(body["payment_intent_data"] or {}),
        "application_fee_amount": body["application_fee_amount"],
        "transfer_data": body["transfer_data"],
        "custom_message": (body["after_completion"].get("hosted_confirmation") or {}).get("custom_message"),
    }
    opened = _open(call, given, link.hidden["items"], data, body)
    if link.hidden["items"][0]["price"]["recurring"]:
        opened.body.update(mode="subscription", payment_status="unpaid")
        opened.hidden["subscription"] = {
            **{name: value for name, value in (body["subscription_data"] or {}).items() if value is not None},
            "application_fee_percent": body["application_fee_percent"],
            "transfer_data": body["transfer_data"],
        }
        call.tx.save(opened)
    return opened


def refuse_closed_link(call: Call, link: Row) -> None:
    """Show the closed door of a link that was deactivated or has sold all it may sell."""
    limit = limit_of(link)
    full = limit is not None and completed_count(call, link.id) >= limit
    if full or not link.body["active"]:
        message = link.body["inactive_message"] or "This link is no longer active. Please contact the seller."
        raise PageRefusal("This link is no longer active", message)


def _open(call: Call, given: Body, items: list[Body], data: Body, ships: Body) -> Row:
    """`ships` says how it is delivered: members of the session, or of the link it comes from."""
    total, currency = total_of(items) + shipping_amount(ships), items[0]["currency"]
    if total:
        check_charge(total, currency, param="line_items")
    body = new_session_body(call, given, total, currency, ships)
    body["amount_subtotal"] = sum(item["amount_subtotal"] for item in items)
    body["total_details"]["amount_tax"] = tax_of(items)
    return call.add(KIND, body, hidden={"items": items, "intent": data})


def find_session(call: Call, session_id: str) -> Row:
    """Give the session, or raise 404."""
    row = call.tx.get(session_id, KIND, call.account)
    if row is None:
        raise missing("checkout.session", session_id, param="session")
    return row


def retrieve_session(call: Call, params: Body, session_id: str) -> Body:
    """Give one session."""
    del params
    return show_session(call, find_session(call, session_id))


def update_session(call: Call, params: Body, session_id: str) -> Body:
    """Change the metadata of a session."""
    row = find_session(call, session_id)
    row.body["metadata"] = merge_metadata(row.body["metadata"], params.get("metadata"))
    call.tx.save(row)
    return show_session(call, row)


def list_sessions(call: Call, params: Body) -> Body:
    """Give a page of sessions, also by payment link, payment intent, status or e-mail of the customer."""
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("payment_link", "payment_intent", "status")}
    where, values = "TRUE", ()
    if email := params.get("customer_details", {}).get("email"):
        where, values = "body ->> '$.customer_details.email' = ?", (email,)
    return list_objects(
        call, KIND, params, "/v1/checkout/sessions", show_session, filters=filters, where=where, values=values
    )


def list_session_items(call: Call, params: Body, session_id: str) -> Body:
    """Give a page of what the session sells."""
    whole = line_items_of(find_session(call, session_id))
    return page_of(whole["url"], whole["data"], params)


def expire_session(call: Call, params: Body, session_id: str) -> Body:
    """Close an open session before its time."""
    del params
    row = find_session(call, session_id)
    if row.body["status"] != "open":
        message = (
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of {row.body['status']}."
        )
        raise invalid(message)
    return _expire(call, row)


def _expire(call: Call, row: Row) -> Body:
    row.body["status"] = "expired"
    call.tx.save(row)
    cancel_intent(call, row.body["payment_intent"])
    shown = show_session(call, row)
    emit(call, "checkout.session.expired", shown)
    return shown


def cancel_intent(call: Call, intent_id: str | None) -> None:
    """Cancel the unpaid payment intent of a session that is over."""
    intent = call.tx.get(intent_id, "payment_intent") if intent_id else None
    if intent is None or intent.body["status"] in ("succeeded", "canceled"):
        return
    intent.body.update(
        status="canceled", canceled_at=call.now, cancellation_reason="expired", next_action=None, amount_capturable=0
    )
    call.tx.save(intent)
    emit(call, "payment_intent.canceled", intent.body)


def expire_due(call: Call) -> int:
    """Close every session whose time is over; gives their number."""
    due = call.tx.find(KIND, "body ->> '$.status' = 'open' AND body ->> '$.expires_at' <= ?", (call.now,))
    for row in due:
        with call.on(row.account):
            _expire(call, row)
    return len(due)


def show_session(call: Call, row: Row) -> Body:
    """Give the session; only an open one has an address."""
    url: Any = f"{call.base_url}/c/pay/{row.id}" if row.body["status"] == "open" else None
    return {**row.body, "url": url}


_PAGED = {"limit": ANY, "starting_after": ANY, "ending_before": ANY}
_LISTS = {**_PAGED, "created": ANY, "payment_link": ANY, "payment_intent": ANY, "status": ANY}
OPERATIONS = {
    "POST /v1/checkout/sessions": Operation(create_session, _CREATES),
    "GET /v1/checkout/sessions": Operation(list_sessions, {**_LISTS, "customer_details": {"email": ANY}}),
    "GET /v1/checkout/sessions/{session}": Operation(retrieve_session),
    "POST /v1/checkout/sessions/{session}": Operation(update_session, {"metadata": ANY}),
    "POST /v1/checkout/sessions/{session}/expire": Operation(expire_session),
    "GET /v1/checkout/sessions/{session}/line_items": Operation(list_session_items, _PAGED),
}
