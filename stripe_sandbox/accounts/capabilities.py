"""Capabilities of an account in API v1. The sandbox plays `transfers`, `treasury` and `card_issuing`."""

from functools import lru_cache

from stripe.params._account_create_params import AccountCreateParamsCapabilities

from stripe_sandbox.accounts.state import (
    CAPABILITY,
    ON_REQUEST,
    capability_body,
    find_account,
    show_account_v1,
    standing_of,
    tell_v1,
)
from stripe_sandbox.accounts.v1_view import requirements_body
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import missing, not_built
from stripe_sandbox.http.listing import whole_list
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.store import Row


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(AccountCreateParamsCapabilities.__annotations__)


def list_capabilities(call: Call, params: Body, account_id: str) -> Body:
    """Give the capabilities an account has asked for."""
    del params
    account = find_account(call, account_id)
    data = [capability_body(account)] if account.hidden["recipient"] else []
    data += [_on_request(account, name) for name in account.hidden.get("capabilities", [])]
    return whole_list(f"/v1/accounts/{account.id}/capabilities", data)


def retrieve_capability(call: Call, params: Body, account_id: str, name: str) -> Body:
    """Give one capability; one that nobody asked for is `unrequested`."""
    del params
    account = find_account(call, account_id)
    if name == CAPABILITY:
        return capability_body(account)
    if name not in _names():
        raise missing("capability", name, param="capability")
    return _on_request(account, name)


def has_capability(account: Row, name: str) -> bool:
    """Whether an account has one of the capabilities it gets on request."""
    return name in account.hidden.get("capabilities", []) and standing_of(account).status == "active"


def _on_request(account: Row, name: str) -> Body:
    requested = name in account.hidden.get("capabilities", [])
    active = "active" if has_capability(account, name) else "inactive"
    return {
        "id": name,
        "object": "capability",
        "account": account.id,
        "future_requirements": requirements_body([], None),
        "requested": requested,
        "requested_at": account.created if requested else None,
        "requirements": requirements_body([], None),
        "status": active if requested else "unrequested",
    }


def update_capability(call: Call, params: Body, account_id: str, name: str) -> Body:
    """Ask for the right to receive transfers, or to Treasury or Issuing, or give it up."""
    if name in ON_REQUEST:
        return _ask(call, find_account(call, account_id), name, wants=bool(params.get("requested", True)))
    if name != CAPABILITY:
        retrieve_capability(call, {}, account_id, name)
        raise not_built(f"the capability {name}")
    account = find_account(call, account_id)
    before = show_account_v1(call, account)
    if "requested" in params:
        account.hidden["recipient"] = params["requested"]
        account.hidden["updated"] = call.now
        call.tx.save(account)
    if show_account_v1(call, account) != before:
        tell_v1(call, account, before)
    return capability_body(account)


def _ask(call: Call, account: Row, name: str, *, wants: bool) -> Body:
    before = show_account_v1(call, account)
    others = [each for each in account.hidden.get("capabilities", []) if each != name]
    account.hidden["capabilities"] = sorted([*others, name] if wants else others)
    call.tx.save(account)
    if show_account_v1(call, account) != before:
        tell_v1(call, account, before)
    return _on_request(account, name)


_ALL = "/v1/accounts/{account}/capabilities"
OPERATIONS = {
    f"GET {_ALL}": Operation(list_capabilities),
    f"GET {_ALL}/{{capability}}": Operation(retrieve_capability),
    f"POST {_ALL}/{{capability}}": Operation(update_capability, {"requested": ANY}),
}
