"""Cardholders: whom cards are issued to. Source: docs.stripe.com/issuing/cards/virtual/issue-cards."""

from stripe_sandbox.accounts.capabilities import has_capability
from stripe_sandbox.accounts.state import find_account
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, change, find, list_of, retrieve_of
from stripe_sandbox.issuing.limits import SPENDING, controls_of
from stripe_sandbox.issuing.rows import CARDHOLDER
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import PLATFORM

_ADDRESS = ("line1", "line2", "city", "state", "postal_code", "country")


def create_cardholder(call: Call, params: Body) -> Body:
    """Enter somebody who may get cards of the account of the call, which must have `card_issuing`."""
    if call.account == PLATFORM:
        raise not_built("cardholders of the platform; send Stripe-Account")
    if not has_capability(find_account(call, call.account), "card_issuing"):
        raise invalid(f"The account {call.account} needs the card_issuing capability to be active.")
    if len(params["name"]) > 24:
        raise invalid("The name on a card has at most 24 characters.", param="name")
    body: Body = {
        "billing": _billing(params["billing"]),
        "company": None,
        "created": call.now,
        "email": params.get("email"),
        "individual": _individual(params.get("individual")),
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "name": params["name"],
        "phone_number": params.get("phone_number"),
        "preferred_locales": None,
        "requirements": {"disabled_reason": None, "past_due": []},
        "spending_controls": {**controls_of(params), "spending_limits_currency": "usd"},
        "status": params.get("status", "active"),
        "type": params.get("type", "individual"),
    }
    row = call.add(CARDHOLDER, body)
    emit(call, "issuing_cardholder.created", row.body, account=row.account)
    return dict(row.body)


def update_cardholder(call: Call, params: Body, holder_id: str) -> Body:
    """Change how to reach a cardholder, what cards may spend, or whether they may."""
    row = find(call, CARDHOLDER, holder_id, noun="cardholder")
    before = change(row, params, ("email", "phone_number", "status"))
    if "billing" in params:
        row.body["billing"] = _billing(params["billing"])
    if "individual" in params:
        row.body["individual"] = {**(row.body["individual"] or {}), **(_individual(params["individual"]) or {})}
    if "spending_controls" in params:
        row.body["spending_controls"] = {**controls_of(params), "spending_limits_currency": "usd"}
    call.tx.save(row)
    emit(call, "issuing_cardholder.updated", row.body, account=row.account, previous=before)
    return dict(row.body)


def _billing(given: Body) -> Body:
    return {"address": {name: given["address"].get(name) for name in _ADDRESS}}


def _individual(given: Body | None) -> Body | None:
    if given is None:
        return None
    terms = given.get("card_issuing", {}).get("user_terms_acceptance")
    shown: Body = {name: given.get(name) for name in ("first_name", "last_name", "dob")}
    accepted = {name: terms.get(name) for name in ("date", "ip", "user_agent")} if terms else None
    return {**shown, "card_issuing": {"user_terms_acceptance": accepted}, "verification": {"document": None}}


_TERMS = {"user_terms_acceptance": {"date": ANY, "ip": ANY, "user_agent": ANY}}
_CHANGES = {
    "billing": {"address": dict.fromkeys(_ADDRESS, ANY)},
    "email": ANY,
    "individual": {"first_name": ANY, "last_name": ANY, "dob": ANY, "card_issuing": _TERMS},
    "metadata": ANY,
    "phone_number": ANY,
    "spending_controls": SPENDING,
    "status": ("active", "inactive"),
}
_ALL = "/v1/issuing/cardholders"
OPERATIONS = {
    f"POST {_ALL}": Operation(create_cardholder, {**_CHANGES, "name": ANY, "type": ("individual",)}),
    f"GET {_ALL}": Operation(
        list_of(CARDHOLDER, _ALL, ("email", "status", "type")), {**DATED, "email": ANY, "status": ANY, "type": ANY}
    ),
    f"GET {_ALL}/{{cardholder}}": Operation(retrieve_of(CARDHOLDER, noun="cardholder")),
    f"POST {_ALL}/{{cardholder}}": Operation(update_cardholder, _CHANGES),
}
