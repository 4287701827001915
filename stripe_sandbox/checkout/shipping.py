"""Goods that ship: what links and sessions say about delivery, and the address a buyer gives."""

import re
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing, not_built
from stripe_sandbox.http.operation import ANY
from stripe_sandbox.kept.rates import SHIPPING
from stripe_sandbox.payments.cards import CardRefused
from stripe_sandbox.store import Row

_KIND: Final = "shipping_rate"
_TEXT_MAX: Final = 200
_COUNTRY = re.compile(r"[A-Z]{2}")
COLLECTS = {"shipping_address_collection": {"allowed_countries": ANY}}
LINK_SHIPPING = {**COLLECTS, "shipping_options": {"shipping_rate": ANY}}
SESSION_SHIPPING = {
    **COLLECTS,
    "shipping_options": {"shipping_rate": ANY, "shipping_rate_data": {**SHIPPING.takes, "metadata": ANY}},
}
# Names of the form's fields, by the part of an address; what must be there is said by its sentence.
FIELDS: Final = {
    "name": "ship_name",
    "line1": "ship_line1",
    "line2": "ship_line2",
    "city": "ship_city",
    "state": "ship_state",
    "postal_code": "ship_postal_code",
    "country": "ship_country",
}
_NEEDED: Final = {
    "name": "Write who receives it.",
    "line1": "Write street and number.",
    "city": "Write the city.",
    "postal_code": "Write the postal code.",
}


def _find(call: Call, rate_id: str, *, param: str, status: int) -> Row:
    row = call.tx.get(rate_id, _KIND, call.account)
    if row is None:
        raise missing(_KIND, rate_id, param=param, status=status)
    return row


def read_shipping(call: Call, params: Body, currency: str) -> Body:
    """Give what a link or session says about delivery, for its body; raises 400 for what makes no sense."""
    options = params.get("shipping_options") or []
    if len(options) > 1:
        raise not_built("a choice between shipping options")
    collects = params.get("shipping_address_collection") or None
    if collects is not None and not collects["allowed_countries"]:
        param = "shipping_address_collection[allowed_countries]"
        raise invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")
    rates = [_rate_of(call, each, currency) for each in options]
    return {
        "shipping_address_collection": collects and {"allowed_countries": list(collects["allowed_countries"])},
        "shipping_options": [
            {"shipping_amount": each["fixed_amount"]["amount"], "shipping_rate": each["id"]} for each in rates
        ],
    }


def _rate_of(call: Call, option: Body, currency: str) -> Body:
    path = "shipping_options[0]"
    if ("shipping_rate" in option) == ("shipping_rate_data" in option):
        raise invalid("You must specify either shipping_rate or shipping_rate_data.", param=path)
    if "shipping_rate_data" in option:
        rate = SHIPPING.create(call, option["shipping_rate_data"])
    else:
        rate = _find(call, option["shipping_rate"], param=f"{path}[shipping_rate]", status=400).body
    if not rate["active"]:
        raise invalid("The shipping rate is not active.", param=f"{path}[shipping_rate]")
    if rate["fixed_amount"]["currency"] != currency:
        raise invalid("The shipping rate must use the currency of the line items.", param=path)
    return rate


def shipping_amount(said: Body) -> int:
    """Give what delivery costs by the option of a link or session."""
    return sum(each["shipping_amount"] for each in said["shipping_options"])


def shipping_cost(said: Body) -> Body | None:
    """Give the cost of delivery as a session shows it."""
    if not said["shipping_options"]:
        return None
    amount = shipping_amount(said)
    rate = said["shipping_options"][0]["shipping_rate"]
    return {"amount_subtotal": amount, "amount_tax": 0, "amount_total": amount, "shipping_rate": rate}


def delivery_shown(call: Call, session: Body) -> str:
    """Give how a session's delivery is called and how long it takes, for its page; empty without one."""
    cost = session["shipping_cost"]
    row = call.tx.get(cost["shipping_rate"], _KIND) if cost and cost["shipping_rate"] else None
    if row is None:
        return ""
    estimate = row.body["delivery_estimate"] or {}
    ends = [estimate[each]["value"] for each in ("minimum", "maximum") if estimate.get(each)]
    unit = next((estimate[each]["unit"].replace("_", " ") for each in ("maximum", "minimum") if estimate.get(each)), "")
    takes = f" ({'-'.join(str(each) for each in dict.fromkeys(ends))} {unit}s)" if ends else ""
    return f"{row.body['display_name']}{takes}"


def read_address(session: Row, form: dict[str, str]) -> Body | None:
    """Give where a session's buyer wants it delivered; None when the session does not ask. Raises CardRefused."""
    collects = session.body["shipping_address_collection"]
    if collects is None:
        return None
    given = {part: form.get(field, "").strip() for part, field in FIELDS.items()}
    for part, says in _NEEDED.items():
        if not given[part]:
            raise CardRefused(FIELDS[part], says)
    if too_long := next((part for part, text in given.items() if len(text) > _TEXT_MAX), None):
        raise CardRefused(FIELDS[too_long], f"At most {_TEXT_MAX} characters.")
    country = given["country"].upper()
    if not _COUNTRY.fullmatch(country) or country not in collects["allowed_countries"]:
        raise CardRefused(FIELDS["country"], "It does not ship to this country.")
    address = {part: given[part] or None for part in ("city", "line1", "line2", "postal_code", "state")}
    return {"address": {**address, "country": country}, "name": given["name"]}


def of_intent(shipping: Body | None) -> Body | None:
    """Give a session's address as payment intents and charges show it."""
    return shipping and {**shipping, "carrier": None, "phone": None, "tracking_number": None}
