"""Accounts of API v1, for platforms that have not moved: a thin layer over the same state."""

from stripe_sandbox.accounts.state import find_account, show_account_v1, tell_v1
from stripe_sandbox.accounts.v2 import new_state, store_account
from stripe_sandbox.call import PLATFORM_ID, Body, Call
from stripe_sandbox.errors import not_built
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import PLATFORM, Row

_PROFILE = {"name": ANY, "product_description": ANY, "url": ANY}
_UPDATES = {
    "email": ANY,
    "metadata": ANY,
    "business_type": ANY,
    "default_currency": ANY,
    "business_profile": _PROFILE,
    "capabilities": {"transfers": {"requested": (True,)}},
}
_CREATES = {
    **_UPDATES,
    "type": ("express",),
    "country": ANY,
    "controller": {
        "fees": {"payer": ANY},
        "losses": {"payments": ANY},
        "requirement_collection": ("stripe",),
        "stripe_dashboard": {"type": ANY},
    },
}


def create_account(call: Call, params: Body) -> Body:
    """Create an account with an Express dashboard, or the dashboard its controller names."""
    controller = params.get("controller", {})
    if "type" not in params and not controller:
        raise not_built("v1 accounts without type=express or a controller")
    state = new_state()
    state["country"] = params.get("country", "US").upper()
    state["dashboard"] = controller.get("stripe_dashboard", {}).get("type", "express")
    state["defaults"]["responsibilities"] = {
        "fees_collector": controller.get("fees", {}).get("payer", "application_express"),
        "losses_collector": controller.get("losses", {}).get("payments", "application"),
    }
    # An Express account that names no capability gets the transfers it exists for.
    state["recipient"] = "capabilities" in params or params.get("type") == "express"
    _merge(state, params)
    return show_account_v1(call, store_account(call, state))


def update_account(call: Call, params: Body, account_id: str) -> Body:
    """Change an account."""
    row = find_account(call, account_id)
    before = show_account_v1(call, row)
    _merge(row.hidden, params)
    if params.get("capabilities"):
        row.hidden["recipient"] = True
    row.hidden["updated"] = call.now
    call.tx.save(row)
    shown = show_account_v1(call, row)
    if shown != before:
        tell_v1(call, row, before)
    return shown


def _merge(state: Body, params: Body) -> None:
    if "email" in params:
        state["contact_email"] = params["email"]
    if "business_type" in params:
        state["entity_type"] = params["business_type"]
    if "default_currency" in params:
        state["defaults"]["currency"] = params["default_currency"].lower()
    profile = params.get("business_profile", {})
    known = state["defaults"].get("profile") or {}
    names = {"name": "doing_business_as", "product_description": "product_description", "url": "business_url"}
    changed = {names[key]: value for key, value in profile.items()}
    if changed:
        state["defaults"]["profile"] = {**known, **changed}
    state["metadata"] = merge_metadata(state["metadata"], params.get("metadata"))


def retrieve_account(call: Call, params: Body, account_id: str) -> Body:
    """Give one account."""
    del params
    return show_account_v1(call, find_account(call, account_id))


def retrieve_own(call: Call, params: Body) -> Body:
    """Give the account of the key, or the connected account of the Stripe-Account header."""
    if call.account != PLATFORM:
        return retrieve_account(call, params, call.account)
    state = {**new_state(), "display_name": call.platform, "contact_email": "platform@sandbox.test"}
    state.update(dashboard="full", country="US", standing="active", details_submitted=True, recipient=True)
    return show_account_v1(call, Row(PLATFORM_ID, "account", PLATFORM, 0, {}, state))


def list_accounts(call: Call, params: Body) -> Body:
    """Give a page of connected accounts."""
    return list_objects(
        call, "account", params, "/v1/accounts", show_account_v1, where="hidden ->> '$.deleted' IS NULL"
    )


_PAGED = {"limit": ANY, "starting_after": ANY, "ending_before": ANY, "created": ANY}
OPERATIONS = {
    "POST /v1/accounts": Operation(create_account, _CREATES),
    "GET /v1/accounts": Operation(list_accounts, _PAGED),
    "GET /v1/account": Operation(retrieve_own),
    "GET /v1/accounts/{account}": Operation(retrieve_account),
    "POST /v1/accounts/{account}": Operation(update_account, _UPDATES),
}
