"""Automatic tax of invoices and subscriptions: the rates of the customer's place, as `tax.calculations` would reckon.

The rates it finds become tax rates of the account, as on Stripe. An address that says too little leaves the invoice
without tax, and it cannot be closed by hand.
"""

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import ApiFailure, invalid
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.tax.reckon import Place, place_of
from stripe_sandbox.tax.registrations import ADDRESS, settings_of
from stripe_sandbox.tax.tables import Rate

OFF: Body = {"disabled_reason": None, "enabled": False, "liability": None}
ON: Body = {"disabled_reason": None, "enabled": True, "liability": {"type": "self"}}


def read_automatic(call: Call, given: Body) -> Body:
    """Give what an invoice or a subscription keeps; raises 400 without a head office to sell from."""
    if not given["enabled"]:
        return dict(OFF)
    if settings_of(call).body["head_office"] is None:
        message = "You must set the origin address of your head office before automatic tax can be enabled."
        raise invalid(message, param="automatic_tax[enabled]", code="stripe_tax_inactive")
    return dict(ON)


def automatic_rates(call: Call, body: Body) -> list[Body]:
    """Give the tax rates an invoice bears by itself, and note whether its customer's place is known."""
    place = _place(call, body["customer"])
    body["automatic_tax"].update(provider="stripe", status="complete" if place else "requires_location_inputs")
    if place is None or place.reason != "standard_rated":
        return []
    return [_kept(call, place, each) for each in place.rates]


def check_location(call: Call, customer_id: str, *, param: str) -> None:
    """Raise 400 when nobody can say where a customer is taxed."""
    if _place(call, customer_id) is None:
        message = "The customer's location isn't recognized. Set a valid customer address in order to calculate tax."
        raise invalid(message, param=param, code="customer_tax_location_invalid")


def _place(call: Call, customer_id: str) -> Place | None:
    customer = call.tx.get(customer_id, "customer")
    address = customer.body["address"] if customer else None
    if not address or not address.get("country"):
        return None
    known = call.tx.find("tax_id", "body ->> '$.customer' = ?", (customer_id,))
    ids = [{"type": each.body["type"], "value": each.body["value"]} for each in known]
    try:
        return place_of(call, {"address": {name: address.get(name) for name in ADDRESS}, "tax_ids": ids})
    except ApiFailure as refused:
        if refused.code != "customer_tax_location_invalid":
            raise
        return None


def _kept(call: Call, place: Place, rate: Rate) -> Body:
    """Give the tax rate of the account for this tax, a new one when it is met for the first time."""
    mark = f"{place.country}:{rate.state}:{rate.kind}:{rate.percent}"
    found = call.tx.find("tax_rate", "account = ? AND hidden ->> '$.automatic' = ?", (call.account, mark))
    if found:
        return dict(found[0].body)
    percent = float(rate.percent)
    body: Body = {
        **nothing_of("tax_rate"), "active": False, "country": place.country, "created": call.now,
        "display_name": rate.name, "effective_percentage": percent, "inclusive": False, "jurisdiction": place.country,
        "livemode": False, "metadata": {}, "percentage": percent, "rate_type": "percentage", "state": rate.state,
        "tax_type": rate.kind,
    }  # fmt: skip
    return dict(call.add("tax_rate", body, hidden={"automatic": mark}).body)
