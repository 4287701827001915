"""Short-lived secrets for programs at the customer's or the seller's side: nothing in the sandbox listens to them."""

from functools import cache
from typing import Any, Final

from stripe._account_session import AccountSession
from stripe._customer_session import CustomerSession
from stripe._stripe_object import StripeObject

from stripe_sandbox.accounts.state import find_account
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing, not_built
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find
from stripe_sandbox.ids import new_id, random_text

_HOUR_S: Final = 3_600
_HALF_HOUR_S: Final = 1_800
KEY: Final = "ephemeral_key"


def create_account_session(call: Call, params: Body) -> Body:
    """Give a secret for the embedded components of a connected account."""
    account = find_account(call, params["account"], status=400)
    given = params["components"]
    if not any(each.get("enabled") for each in given.values()):
        raise invalid("You must enable at least one component.", param="components")
    components = {name: _component(owner, given.get(name, {})) for name, owner in _components(AccountSession).items()}
    return {
        "object": "account_session",
        "account": account.id,
        "client_secret": f"accs_secret__{random_text(32)}",
        "components": components,
        "expires_at": call.now + _HOUR_S,
        "livemode": False,
    }


@cache
def _components(owner: Any) -> dict[str, Any]:
    return dict(owner.Components.__annotations__)


def _component(owner: Any, given: Body) -> Body:
    """A component at rest, all its features off, with what was asked for."""
    shown: Body = {}
    for name, annotation in owner.__annotations__.items():
        if isinstance(annotation, type) and issubclass(annotation, StripeObject):
            shown[name] = _component(annotation, given.get(name, {}))
        else:
            shown[name] = given.get(name, False)
    return shown


def create_customer_session(call: Call, params: Body) -> Body:
    """Give a secret for the embedded parts a customer sees."""
    customer = find(call, "customer", params.get("customer", ""), param="customer", status=400)
    given = params["components"]
    if not any(each.get("enabled") for each in given.values()):
        raise invalid("You must enable at least one component.", param="components")
    components = {
        name: {"enabled": given.get(name, {}).get("enabled", False), **_features(owner, given.get(name, {}))}
        for name, owner in _components(CustomerSession).items()
    }
    return {
        "object": "customer_session",
        "client_secret": f"cuss_secret_{random_text(40)}",
        "components": components,
        "created": call.now,
        "customer": customer.id,
        "customer_account": None,
        "expires_at": call.now + _HALF_HOUR_S,
        "livemode": False,
    }


def _features(owner: Any, given: Body) -> Body:
    """Nobody has asked: no features. Of those asked for, what was not named is off."""
    if "features" not in owner.__annotations__:
        return {}
    asked = given.get("features")
    if not given.get("enabled") or not isinstance(asked, dict):
        return {"features": None}
    resting: Body = {
        name: ["always"] if name.endswith("_filters") else None if "usage" in name or "limit" in name else "disabled"
        for name in owner.Features.__annotations__
    }
    if "payment_method_save_allow_redisplay_override" in resting:
        resting["payment_method_save_allow_redisplay_override"] = None
    return {"features": {**resting, **asked}}


def create_key(call: Call, params: Body) -> Body:
    """Give a key that could change one customer for an hour."""
    if "customer" not in params:
        raise not_built("ephemeral keys for anything but a customer")
    customer = find(call, "customer", params["customer"], param="customer", status=400)
    key_id = new_id(KEY)
    body: Body = {"id": key_id, "created": call.now, "expires": call.now + _HOUR_S, "livemode": False}
    row = call.add(KEY, body, hidden={"customer": customer.id})
    return {**row.body, "secret": f"ek_test_{random_text(48)}"}


def delete_key(call: Call, params: Body, key_id: str) -> Body:
    """Let a key expire now."""
    del params
    row = call.tx.get(key_id, KEY, call.account)
    if row is None:
        raise missing("ephemeral key", key_id, param="key")
    call.tx.delete(row)
    return {**row.body, "expires": min(call.now, row.body["expires"])}


OPERATIONS = {
    "POST /v1/account_sessions": Operation(create_account_session, {"account": ANY, "components": ANY}),
    "POST /v1/customer_sessions": Operation(create_customer_session, {"customer": ANY, "components": ANY}),
    "POST /v1/ephemeral_keys": Operation(create_key, {"customer": ANY}),
    "DELETE /v1/ephemeral_keys/{key}": Operation(delete_key),
}
