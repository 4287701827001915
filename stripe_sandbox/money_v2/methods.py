"""Where an account may be paid: payout methods, set up by outbound setup intents of the recipient's own.

Send the recipient's id as Stripe-Context. Of an account number four digits are kept.
"""

from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing, not_built
from stripe_sandbox.events.write import emit_thin, rfc3339
from stripe_sandbox.http.listing import list_v2
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find, show_plain
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.http.steps import Step
from stripe_sandbox.money_v2.ledger import BASE
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

METHOD: Final = "v2.money_management.payout_method"
SETUP: Final = "v2.money_management.outbound_setup_intent"
_SPECS: Final = {
    "DE": (("IBAN", "account_number", 22, 22, "DE89370400440532013000", "^DE[0-9]{20}$"),),
    "GB": (
        ("Account number", "account_number", 8, 8, "00012345", "^[0-9]{8}$"),
        ("Sort code", "routing_number", 6, 6, "108800", "^[0-9]{6}$"),
    ),
    "US": (
        ("Account number", "account_number", 4, 17, "000123456789", "^[0-9]{4,17}$"),
        ("Routing number", "routing_number", 9, 9, "110000000", "^[0-9]{9}$"),
    ),
}
_CURRENCIES: Final = {"DE": ["eur"], "GB": ["gbp"], "US": ["usd"]}


def create_setup(call: Call, params: Body) -> Body:
    """Set a payout method up; without one the intent waits for it."""
    method = _method(call, params)
    body: Body = {
        "created": rfc3339(call.now),
        "livemode": False,
        "payout_method": method,
        "status": "succeeded" if method else "requires_payout_method",
        "usage_intent": params.get("usage_intent", "payment"),
    }
    row = call.add(SETUP, body)
    return _noted(call, row)


def _noted(call: Call, row: Row) -> Body:
    if row.body["payout_method"]:
        method = find(call, METHOD, row.body["payout_method"])
        method.body["latest_outbound_setup_intent"] = row.id
        method.body["usage_status"][f"{row.body['usage_intent']}s"] = "eligible"
        call.tx.save(method)
    return show_setup(call, row)


def _method(call: Call, params: Body) -> str | None:
    if ("payout_method" in params) and ("payout_method_data" in params):
        raise invalid("You may only specify one of: payout_method, payout_method_data.", param="payout_method")
    if "payout_method" in params:
        return find(call, METHOD, params["payout_method"], noun="payout method", param="payout_method", status=400).id
    given = params.get("payout_method_data")
    if given is None:
        return None
    if given["type"] != "bank_account":
        raise not_built("payout methods other than bank accounts")
    return _bank(call, given.get("bank_account") or {}).id


def _bank(call: Call, given: Body) -> Row:
    country = given.get("country", "").upper()
    if country not in _SPECS:
        raise not_built(f"payout methods in {country or 'no country'}")
    for name, field, least, most, _, _ in _SPECS[country]:
        value = given.get(field, "")
        if not least <= len(value.replace(" ", "")) <= most:
            param = f"payout_method_data[bank_account][{field}]"
            raise invalid(f"Invalid {name.lower()}.", param=param, code="account_number_invalid")
    body: Body = {
        **nothing_of(METHOD),
        "archived": False,
        "bank_account": {
            "bank_account_type": given.get("bank_account_type", "checking"), "bank_name": "STRIPE TEST BANK",
            "branch_number": given.get("branch_number"), "country": country.lower(),
            "financial_connections_account": None, "last4": given["account_number"][-4:],
            "routing_number": given.get("routing_number"), "supported_currencies": [given["currency"]],
            "swift_code": given.get("swift_code"),
        },
        "created": rfc3339(call.now),
        "livemode": False,
        "restricted": False,
        "type": "bank_account",
        "usage_status": {"payments": "requires_action", "transfers": "requires_action"},
    }  # fmt: skip
    row = call.add(METHOD, body)
    emit_thin(call, f"{METHOD}.created", related=(row.id, METHOD, f"{BASE}/payout_methods/{row.id}"))
    return row


def show_setup(call: Call, row: Row) -> Body:
    """Give a setup with its payout method as that is now."""
    method = call.tx.get(row.body["payout_method"], METHOD) if row.body["payout_method"] else None
    return {**row.body, "payout_method": dict(method.body) if method else None}


def update_setup(call: Call, params: Body, setup_id: str) -> Body:
    """Give a setup that waits the payout method it waits for."""
    row = find(call, SETUP, setup_id, noun="outbound setup intent")
    if row.body["status"] != "requires_payout_method":
        raise invalid(f"This outbound setup intent is {row.body['status']} and cannot be changed.")
    method = _method(call, params)
    if method:
        row.body.update(payout_method=method, status="succeeded")
        call.tx.save(row)
    return _noted(call, row)


def method_for(call: Call, recipient: str, wanted: str | None) -> Row:
    """Give where a recipient is paid: the method named, or the newest; raises 400 for none that may be used."""
    found = call.tx.find(METHOD, "account = ?", (recipient,), newest=True)
    fitting = [row for row in found if wanted in (None, row.id)]
    if not fitting:
        raise missing("payout method", wanted or f"of {recipient}", param="to[payout_method]", status=400)
    usable = [row for row in fitting if not row.body["archived"] and row.body["usage_status"]["payments"] == "eligible"]
    if not usable:
        raise invalid("This payout method cannot be used for payments.", param="to[payout_method]")
    return usable[0]


def list_methods(call: Call, params: Body) -> Body:
    """Give a page of payout methods, also by what they may be used for."""
    conditions, values = ["TRUE"], list[Any]()
    for what, wanted in params.get("usage_status", {}).items():
        conditions.append(f"body ->> '$.usage_status.{what}' IN ({','.join('?' * len(wanted))})")
        values += wanted
    return list_v2(
        call, METHOD, params, f"{BASE}/payout_methods", lambda row: show_plain(call, row),
        where=" AND ".join(conditions), values=values, account=call.account,
    )  # fmt: skip


def retrieve_spec(call: Call, params: Body) -> Body:
    """Give what must be told of a bank account in each country."""
    del call
    wanted = [each.upper() for each in params.get("countries", _SPECS)]
    if unknown := [each for each in wanted if each not in _SPECS]:
        raise invalid(f"The sandbox does not know bank accounts in {unknown[0]}.", param="countries")
    countries = {each: {"fields": [_field(each, *field) for field in _SPECS[each]]} for each in wanted}
    return {"object": "v2.money_management.payout_methods_bank_account_spec", "countries": countries, "livemode": False}


def _field(country: str, name: str, stripe_name: str, least: int, most: int, placeholder: str, regex: str) -> Body:
    return {
        "currencies": _CURRENCIES[country],
        "local_name": name,
        "local_name_human": {"content": name, "localization_key": f"{country.lower()}.{stripe_name}"},
        "max_length": most,
        "min_length": least,
        "placeholder": placeholder,
        "stripe_name": stripe_name,
        "validation_regex": regex,
    }


_METHODS = Resource(
    kind=METHOD, url=f"{BASE}/payout_methods", name="id", noun="payout method", told=("updated",),
    steps=(
        Step(to=True, came_from=(False,), path="archive", member="archived", told="updated"),
        Step(to=False, came_from=(True,), path="unarchive", member="archived", told="updated"),
    ),
)  # fmt: skip
_SETUPS = Resource(
    kind=SETUP, url=f"{BASE}/outbound_setup_intents", name="id", show=show_setup, noun="outbound setup intent",
    steps=(Step(to="canceled", came_from=("requires_payout_method", "requires_action"), path="cancel"),),
)  # fmt: skip
_GIVEN = {"payout_method": ANY, "payout_method_data": ANY}
OPERATIONS = {
    **_METHODS.operations(),
    **_SETUPS.operations(),
    f"GET {BASE}/payout_methods": Operation(list_methods, {"limit": ANY, "page": ANY, "usage_status": ANY}),
    f"POST {BASE}/outbound_setup_intents": Operation(create_setup, {**_GIVEN, "usage_intent": ANY}),
    f"POST {BASE}/outbound_setup_intents/{{id}}": Operation(update_setup, _GIVEN),
    f"GET {BASE}/payout_methods_bank_account_spec": Operation(retrieve_spec, {"countries": ANY}),
}
