"""Payment links: an address that opens a new checkout session for everybody who follows it."""

from typing import Any

from stripe_sandbox.addresses import check_url
from stripe_sandbox.call import APPLICATION_ID, Body, Call
from stripe_sandbox.checkout.items import LINE_ITEMS, check_intervals, price_items, total_of
from stripe_sandbox.checkout.shipping import LINK_SHIPPING, read_shipping, shipping_amount
from stripe_sandbox.checkout.split import check_direct, check_percent, check_split
from stripe_sandbox.currency import check_charge
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects, page_of, whole_list
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.ids import random_text
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row

PI_DATA = {
    "metadata": ANY,
    "description": ANY,
    "transfer_group": ANY,
    "statement_descriptor": ANY,
    "statement_descriptor_suffix": ANY,
    "capture_method": ("automatic", "automatic_async", "manual"),
}
_TRANSFER = {"destination": ANY, "amount": ANY}
_OFF = {"enabled": (False,)}
_CHANGEABLE = {
    "active": ANY,
    "after_completion": {"type": ANY, "redirect": {"url": ANY}, "hosted_confirmation": {"custom_message": ANY}},
    "allow_promotion_codes": ANY,
    "automatic_tax": _OFF,
    "billing_address_collection": ("auto",),
    "customer_creation": ("if_required",),
    "inactive_message": ANY,
    "metadata": ANY,
    "payment_intent_data": PI_DATA,
    "payment_method_types": (["card"], ""),
    "phone_number_collection": _OFF,
    "restrictions": {"completed_sessions": {"limit": ANY}},
    "submit_type": ANY,
    "tax_id_collection": _OFF,
    "application_fee_amount": ANY,
    "application_fee_percent": ANY,
    "transfer_data": _TRANSFER,
}
_CREATES = {
    **_CHANGEABLE, **LINK_SHIPPING, "line_items": LINE_ITEMS, "currency": ANY, "invoice_creation": _OFF,
    "subscription_data": {"description": ANY, "metadata": ANY, "trial_period_days": ANY},
}  # fmt: skip
_CREATES.pop("active")


def create_link(call: Call, params: Body) -> Body:
    """Create a payment link for the platform, with or without a destination account and a fee."""
    if call.is_direct:
        check_direct(call, params)
    items = price_items(call, params["line_items"])
    currency = items[0]["currency"]
    ships = read_shipping(call, params, currency)
    total = total_of(items) + shipping_amount(ships)
    if params.get("currency", currency).lower() != currency:
        raise invalid("The price specified is not available in the given currency.", param="currency")
    check_charge(total, currency, param="line_items")
    check_split(call, params, total, direct=call.is_direct)
    _check_recurring(call, params, items)
    token = f"test_{random_text(20)}"
    row = call.add("payment_link", _body(call, params, currency) | ships, hidden={"token": token, "items": items})
    shown = show_link(call, row)
    emit(call, "payment_link.created", shown)
    return shown


def _check_recurring(call: Call, params: Body, items: list[Body]) -> None:
    """Raise 400 for items or data that a link to a subscription, or one to a single payment, does not take."""
    recurring = [item for item in items if item["price"]["recurring"]]
    if recurring:
        check_intervals(items, "line_items")
        check_percent(call, params)
        wrong = [name for name in ("application_fee_amount", "payment_intent_data") if params.get(name) is not None]
        told = "can only be used with line items that are all one-time"
    else:
        wrong = [name for name in ("application_fee_percent", "subscription_data") if params.get(name) is not None]
        told = "can only be used with at least one recurring line item"
    if wrong:
        raise invalid(f"`{wrong[0]}` {told}.", param=wrong[0])


def _body(call: Call, params: Body, currency: str) -> Body:
    transfer = params.get("transfer_data")
    return {
        "active": True,
        "after_completion": _after_completion(params.get("after_completion")),
        "allow_promotion_codes": params.get("allow_promotion_codes", False),
        "application": APPLICATION_ID if transfer or call.is_direct else None,
        "application_fee_amount": params.get("application_fee_amount"),
        "application_fee_percent": params.get("application_fee_percent"),
        "automatic_tax": {"enabled": False, "liability": None},
        "billing_address_collection": "auto",
        "consent_collection": None,
        "currency": currency,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer_creation": "if_required",
        "inactive_message": params.get("inactive_message") or None,
        "invoice_creation": {"enabled": False, "invoice_data": None},
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "on_behalf_of": None,
        "payment_intent_data": _intent_data(params.get("payment_intent_data")),
        "payment_method_collection": "always",
        "payment_method_types": params.get("payment_method_types") or None,
        "phone_number_collection": {"enabled": False},
        "restrictions": _restrictions(params.get("restrictions"), 0),
        "submit_type": params.get("submit_type", "auto"),
        "subscription_data": _subscription_data(params.get("subscription_data")),
        "tax_id_collection": {"enabled": False, "required": "never"},
        "transfer_data": {"amount": transfer.get("amount"), "destination": transfer["destination"]}
        if transfer
        else None,
    }


def _subscription_data(given: Body | None) -> Body | None:
    if given is None:
        return None
    return {
        "description": given.get("description"),
        "invoice_settings": {"issuer": {"type": "self"}},
        "metadata": merge_metadata({}, given.get("metadata"), param="subscription_data[metadata]"),
        "trial_period_days": given.get("trial_period_days"),
        "trial_settings": None,
    }


def _after_completion(given: Body | None) -> Body:
    given = given or {"type": "hosted_confirmation"}
    if given["type"] == "redirect":
        url = given.get("redirect", {}).get("url")
        if not url:
            param = "after_completion[redirect][url]"
            raise invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")
        return {"type": "redirect", "redirect": {"url": check_url(url, param="after_completion[redirect][url]")}}
    message = (given.get("hosted_confirmation") or {}).get("custom_message") or None
    return {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": message}}


def _intent_data(given: Body | str | None) -> Body | None:
    if not isinstance(given, dict):
        return None
    return {
        "capture_method": given.get("capture_method"),
        "description": given.get("description"),
        "metadata": merge_metadata({}, given.get("metadata"), param="payment_intent_data[metadata]"),
        "setup_future_usage": None,
        "statement_descriptor": given.get("statement_descriptor"),
        "statement_descriptor_suffix": given.get("statement_descriptor_suffix"),
        "transfer_group": given.get("transfer_group"),
    }


def _restrictions(given: Body | str | None, count: int) -> Body | None:
    if not isinstance(given, dict):
        return None
    limit = given["completed_sessions"]["limit"]
    if limit < 1:
        param = "restrictions[completed_sessions][limit]"
        raise invalid("The limit must be at least 1.", param=param, code="parameter_invalid_integer")
    return {"completed_sessions": {"count": count, "limit": limit}}


def update_link(call: Call, params: Body, link_id: str) -> Body:
    """Change a link. Sessions that are already open keep the split they were opened with."""
    row = find_link(call, link_id)
    before = show_link(call, row)
    body = row.body
    split = {
        "application_fee_amount": params.get("application_fee_amount", body["application_fee_amount"]),
        "transfer_data": params.get("transfer_data", body["transfer_data"]) or None,
    }
    if "application_fee_amount" in params or "transfer_data" in params:
        check_split(call, split, total_of(row.hidden["items"]) + shipping_amount(body), direct=call.is_direct)
        transfer = split["transfer_data"]
        body["application_fee_amount"] = split["application_fee_amount"]
        body["transfer_data"] = {"amount": None, **transfer} if transfer else None
    body.update(_changes(body, params))
    call.tx.save(row)
    shown = show_link(call, row)
    previous = {key: value for key, value in before.items() if shown[key] != value}
    emit(call, "payment_link.updated", shown, previous=previous)
    return shown


def _changes(body: Body, params: Body) -> Body:
    changes: dict[str, Any] = {
        "active": params.get("active", body["active"]),
        "inactive_message": params.get("inactive_message", body["inactive_message"]) or None,
        "metadata": merge_metadata(body["metadata"], params.get("metadata")),
        "submit_type": params.get("submit_type", body["submit_type"]),
        "allow_promotion_codes": params.get("allow_promotion_codes", body["allow_promotion_codes"]),
        "application_fee_percent": params.get("application_fee_percent", body["application_fee_percent"]),
    }
    if "after_completion" in params:
        changes["after_completion"] = _after_completion(params["after_completion"])
    if "payment_intent_data" in params:
        changes["payment_intent_data"] = _intent_data(params["payment_intent_data"])
    if "payment_method_types" in params:
        changes["payment_method_types"] = params["payment_method_types"] or None
    if "restrictions" in params:
        changes["restrictions"] = _restrictions(params["restrictions"], 0)
    return changes


def find_link(call: Call, link_id: str, *, param: str = "payment_link", status: int = 404) -> Row:
    """Give the link, or raise the error for an id that names none."""
    row = call.tx.get(link_id, "payment_link", call.account)
    if row is None:
        raise missing("payment_link", link_id, param=param, status=status)
    return row


def retrieve_link(call: Call, params: Body, link_id: str) -> Body:
    """Give one link."""
    del params
    return show_link(call, find_link(call, link_id))


def list_links(call: Call, params: Body) -> Body:
    """Give a page of links."""
    filters = {"active": "body ->> '$.active' = ?"}
    return list_objects(call, "payment_link", params, "/v1/payment_links", show_link, filters=filters)


def list_line_items(call: Call, params: Body, link_id: str) -> Body:
    """Give a page of what the link sells."""
    whole = line_items_of(find_link(call, link_id))
    return page_of(whole["url"], whole["data"], params)


def line_items_of(row: Row) -> Body:
    """Give the line items of a link or session as a list object."""
    noun = "payment_links" if row.kind == "payment_link" else "checkout/sessions"
    return whole_list(f"/v1/{noun}/{row.id}/line_items", row.hidden["items"])


def completed_count(call: Call, link_id: str) -> int:
    """Give how many sessions of the link were completed."""
    found = call.tx.sql(
        "SELECT count(*) AS n FROM objects WHERE kind = 'checkout.session' AND body ->> '$.payment_link' = ? "
        "AND body ->> '$.status' = 'complete'",
        (link_id,),
    )
    return int(found[0]["n"])


def limit_of(row: Row) -> int | None:
    """Give how many sessions of the link may be completed."""
    restrictions: Body | None = row.body["restrictions"]
    return restrictions["completed_sessions"]["limit"] if restrictions else None


def show_link(call: Call, row: Row) -> Body:
    """Give the link with its address and the count of its completed sessions."""
    body = {**row.body, "url": f"{call.base_url}/b/{row.hidden['token']}"}
    limit = limit_of(row)
    if limit is not None:
        body["restrictions"] = {"completed_sessions": {"count": completed_count(call, row.id), "limit": limit}}
    return body


_PAGED = {"limit": ANY, "starting_after": ANY, "ending_before": ANY}
OPERATIONS = {
    "POST /v1/payment_links": Operation(create_link, _CREATES),
    "GET /v1/payment_links": Operation(list_links, {**_PAGED, "active": ANY}),
    "GET /v1/payment_links/{payment_link}": Operation(retrieve_link),
    "POST /v1/payment_links/{payment_link}": Operation(update_link, _CHANGEABLE),
    "GET /v1/payment_links/{payment_link}/line_items": Operation(list_line_items, _PAGED),
}
