"""Where an account is registered to collect tax, from where it sells, and the codes of what it sells.

Source: docs.stripe.com/tax/registering. Without a head office nothing is reckoned.
"""

import copy
from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects, page_of
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.store import Row
from stripe_sandbox.tax.tables import CODES

REGISTRATION: Final = "tax.registration"
SETTINGS: Final = "tax.settings"
ADDRESS: Final = ("city", "country", "line1", "line2", "postal_code", "state")


def _body(call: Call, params: Body) -> Body:
    country = params["country"].upper()
    options = params["country_options"]
    if set(options) != {country.lower()}:
        raise invalid("country_options must be those of the country.", param="country_options")
    start = call.now if params["active_from"] == "now" else params["active_from"]
    _check_free(call, country, options[country.lower()])
    given = copy.deepcopy(options[country.lower()])
    if given["type"] != "standard":
        given.pop("standard", None)
    elif country not in ("US", "CA"):
        given.setdefault("standard", {"place_of_supply_scheme": "standard"})
    return {
        "active_from": start,
        "country": country,
        "country_options": {country.lower(): given},
        "expires_at": params.get("expires_at"),
        "status": "active",
    }


def _check_free(call: Call, country: str, options: Body) -> None:
    for row in registrations_of(call):
        known = row.body["country_options"].get(country.lower())
        if known and _area(known) == _area(options):
            raise invalid("You have an active registration of this kind already.", param="country",
                          code="resource_already_exists")  # fmt: skip


def _area(options: Body) -> tuple[Any, ...]:
    return options["type"], options.get("state"), (options.get("province_standard") or {}).get("province")


def registrations_of(call: Call) -> list[Row]:
    """Give the registrations of the account that are in force now."""
    rows = call.tx.find(REGISTRATION, "account = ?", (call.account,))
    return [row for row in rows if _status(call, row) == "active"]


def _status(call: Call, row: Row) -> str:
    ends = row.body["expires_at"]
    if ends is not None and ends <= call.now:
        return "expired"
    return "active" if row.body["active_from"] <= call.now else "scheduled"


def _show(call: Call, row: Row) -> Body:
    return {**row.body, "status": _status(call, row)}


def _merge(call: Call, row: Row, params: Body) -> None:
    if _status(call, row) == "expired":
        raise invalid("A registration that has expired cannot be changed.")
    for name in ("active_from", "expires_at"):
        if name in params:
            row.body[name] = call.now if params[name] == "now" else params[name] or None
    ends = row.body["expires_at"]
    if ends is not None and ends < row.body["active_from"]:
        raise invalid("A registration cannot expire before it is active.", param="expires_at")


def _list(call: Call, params: Body) -> Body:
    wanted = dict(params)
    status = wanted.pop("status", "all")
    starts, ends = "body ->> '$.active_from'", "coalesce(body ->> '$.expires_at', 1 << 40)"
    where = {
        "all": "TRUE",
        "active": f"{starts} <= {call.now} AND {ends} > {call.now}",
        "expired": f"{ends} <= {call.now}",
        "scheduled": f"{starts} > {call.now}",
    }[status]
    return list_objects(call, REGISTRATION, wanted, "/v1/tax/registrations", _show, where=where)


def settings_of(call: Call) -> Row:
    """Give the settings of the account, which has them before it has set any."""
    key = f"{SETTINGS}:{call.account}"
    resting: Body = {
        "id": key, "defaults": {"provider": "stripe", "tax_behavior": None, "tax_code": None}, "head_office": None,
        "livemode": False,
    }  # fmt: skip
    return call.tx.get(key, SETTINGS) or call.add(SETTINGS, resting)


def _show_settings(row: Row) -> Body:
    asked = {"head_office": row.body["head_office"], "defaults.tax_code": row.body["defaults"]["tax_code"]}
    missing_ = [name for name, value in asked.items() if not value]
    details = {"pending": {"missing_fields": missing_}} if missing_ else {"active": {}}
    shown = {name: value for name, value in row.body.items() if name != "id"}
    return {**shown, "status": "pending" if missing_ else "active", "status_details": details}


def retrieve_settings(call: Call, params: Body) -> Body:
    """Give the settings of the account."""
    del params
    return _show_settings(settings_of(call))


def update_settings(call: Call, params: Body) -> Body:
    """Say where the account sells from, and how its prices are meant."""
    row = settings_of(call)
    given = params.get("defaults", {})
    if "tax_code" in given and given["tax_code"] not in CODES:
        raise missing("tax code", given["tax_code"], param="defaults[tax_code]", status=400)
    row.body["defaults"].update(given)
    if "head_office" in params:
        address = params["head_office"]["address"]
        row.body["head_office"] = {"address": {name: address.get(name) for name in ADDRESS}}
    call.tx.save(row)
    emit(call, "tax.settings.updated", _show_settings(row))
    return _show_settings(row)


def list_codes(call: Call, params: Body) -> Body:
    """Give a page of the codes the sandbox knows; Stripe has hundreds more."""
    del call
    return page_of("/v1/tax_codes", [_code(each) for each in CODES], params, kind="tax code")


def _code(code: str) -> Body:
    name, description = CODES[code]
    return {"id": code, "object": "tax_code", "description": description, "name": name}


def retrieve_code(call: Call, params: Body, code: str) -> Body:
    """Give one code."""
    del call, params
    if code not in CODES:
        raise missing("tax code", code)
    return _code(code)


def _location(call: Call, params: Body) -> Body:
    del call
    address = {name: params["address"].get(name) or None for name in ADDRESS}
    return {"address": address, "description": params.get("description"), "type": params["type"]}


def _show_location(call: Call, row: Row) -> Body:
    del call
    return {name: value for name, value in row.body.items() if name != "created"}


_REGISTRATIONS = Resource(
    kind=REGISTRATION, url="/v1/tax/registrations", name="id", body=_body, show=_show, merge=_merge,
    noun="registration",
    takes={"active_from": ANY, "country": ANY, "country_options": ANY, "expires_at": ANY},
    changes={"active_from": ANY, "expires_at": ANY},
)  # fmt: skip
_LOCATIONS = Resource(
    kind="tax.location", url="/v1/tax/locations", name="location", body=_location, show=_show_location, lists=PAGED,
    takes={"address": ANY, "description": ANY, "type": ANY}, filters=("type",), noun="tax location",
)  # fmt: skip
OPERATIONS = {
    **_REGISTRATIONS.operations(),
    **_LOCATIONS.operations(),
    "GET /v1/tax/registrations": Operation(_list, {**PAGED, "status": ANY}),
    "GET /v1/tax/settings": Operation(retrieve_settings),
    "POST /v1/tax/settings": Operation(
        update_settings, {"defaults": {"tax_behavior": ANY, "tax_code": ANY}, "head_office": {"address": ANY}}
    ),
    "GET /v1/tax_codes": Operation(list_codes, PAGED),
    "GET /v1/tax_codes/{id}": Operation(retrieve_code),
}
