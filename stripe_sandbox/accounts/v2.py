"""Accounts of API v2: recipients of transfers."""

from typing import Any

from stripe_sandbox.accounts.state import (
    change_standing,
    find_account,
    related,
    show_account_v1,
    standing_of,
    tell_v1,
)
from stripe_sandbox.accounts.tokens import ACCOUNT_TOKEN, use_token
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit_thin, rfc3339
from stripe_sandbox.http.listing import list_v2
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.store import PLATFORM, Row

_ADDRESS = {"line1": ANY, "line2": ANY, "city": ANY, "state": ANY, "postal_code": ANY, "country": ANY}
_INDIVIDUAL = {
    "given_name": ANY,
    "surname": ANY,
    "email": ANY,
    "phone": ANY,
    "date_of_birth": {"day": ANY, "month": ANY, "year": ANY},
    "address": _ADDRESS,
}
_TAKES = {
    "account_token": ANY,
    "contact_email": ANY,
    "contact_phone": ANY,
    "display_name": ANY,
    "dashboard": ANY,
    "metadata": ANY,
    "include": ANY,
    "configuration": {
        "recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": (True,)}}}},
    },
    "defaults": {
        "currency": ANY,
        "locales": ANY,
        "profile": {"business_url": ANY, "doing_business_as": ANY, "product_description": ANY},
        "responsibilities": {"fees_collector": ANY, "losses_collector": ANY},
    },
    "identity": {
        "country": ANY,
        "entity_type": ANY,
        "individual": _INDIVIDUAL,
        "business_details": {"registered_name": ANY, "phone": ANY, "address": _ADDRESS},
    },
}
_SIMPLE = ("contact_email", "contact_phone", "display_name", "dashboard")


def new_state() -> Body:
    """Give the state of an account nobody has told anything about yet."""
    return {
        "contact_email": None,
        "contact_phone": None,
        "display_name": None,
        "dashboard": None,
        "country": None,
        "entity_type": None,
        "individual": None,
        "business_details": None,
        "defaults": {},
        "metadata": {},
        "recipient": False,
        "standing": "new",
        "details_submitted": False,
        "terms_accepted_at": None,
        "updated": None,
    }


def create_account(call: Call, params: Body) -> Body:
    """Create an account. A recipient needs a country, because its rules depend on it."""
    state = new_state()
    _merge(state, _with_token(call, params))
    if state["recipient"] and not state["country"]:
        raise invalid("identity.country is required to request recipient capabilities.", param="identity.country")
    row = store_account(call, state)
    return show_account_v2(row, params.get("include", []))


def store_account(call: Call, state: Body) -> Row:
    """Store a new account and tell that it exists."""
    row = call.add("account", {}, account=PLATFORM, hidden=state)
    emit_thin(call, "v2.core.account.created", related=related(row))
    return row


def retrieve_account(call: Call, params: Body, account_id: str) -> Body:
    """Give one account with the sections asked for; the others are null, as on Stripe."""
    return show_account_v2(find_account(call, account_id, param="id"), params.get("include", []))


def update_account(call: Call, params: Body, account_id: str) -> Body:
    """Change an account. Requesting recipient capabilities starts its requirements."""
    row = find_account(call, account_id, param="id")
    before, was_recipient = show_account_v1(call, row), row.hidden["recipient"]
    params = _with_token(call, params)
    _merge(row.hidden, params)
    row.hidden["updated"] = call.now
    call.tx.save(row)
    emit_thin(call, "v2.core.account.updated", related=related(row))
    if "identity" in params:
        emit_thin(call, "v2.core.account[identity].updated", related=related(row))
    if not was_recipient and row.hidden["recipient"]:
        change_standing(call, row, row.hidden["standing"])
    if show_account_v1(call, row) != before:
        tell_v1(call, row, before)
    return show_account_v2(row, params.get("include", []))


def list_accounts(call: Call, params: Body) -> Body:
    """Give a page of accounts, newest first; the next page is an address, as in all of API v2."""
    if "recipient" not in params.get("applied_configurations", ["recipient"]):
        return {"data": [], "next_page_url": None, "previous_page_url": None}
    where = "hidden ->> '$.deleted' IS NULL"
    where += " AND hidden ->> '$.recipient'" if "applied_configurations" in params else ""
    return list_v2(call, "account", params, "/v2/core/accounts", lambda row: show_account_v2(row, []), where=where)


def _with_token(call: Call, params: Body) -> Body:
    """Details may come in a token made at the seller's side; what is given beside it counts too."""
    if "account_token" not in params:
        return params
    carried = use_token(call, ACCOUNT_TOKEN, params["account_token"], "account_token")
    identity = {**carried.get("identity", {}), **params.get("identity", {})}
    return {**carried, **params, **({"identity": identity} if identity else {})}


def _merge(state: Body, params: Body) -> None:
    for name in _SIMPLE:
        if name in params:
            state[name] = params[name]
    identity = params.get("identity", {})
    for name in ("country", "entity_type"):
        if name in identity:
            state[name] = identity[name]
    for name in ("individual", "business_details"):
        if name in identity:
            state[name] = {**(state[name] or {}), **identity[name]}
    state["defaults"] = {**state["defaults"], **params.get("defaults", {})}
    for key, value in (params.get("metadata") or {}).items():
        if value is None or value == "":
            state["metadata"].pop(key, None)
        else:
            state["metadata"][key] = value
    if params.get("configuration", {}).get("recipient") is not None:
        state["recipient"] = True


def show_account_v2(row: Row, include: list[str]) -> Body:
    """Give the v2 body; a section that is not in `include` is null."""
    state = row.hidden
    sections: dict[str, Any] = {
        "configuration": {"recipient": _recipient(row)} if "configuration.recipient" in include else None,
        "defaults": _defaults(state) if "defaults" in include else None,
        "future_requirements": None,
        "identity": _identity(row) if "identity" in include else None,
        "requirements": _requirements(row) if "requirements" in include else None,
    }
    return {
        "id": row.id,
        "object": "v2.core.account",
        "applied_configurations": ["recipient"] if state["recipient"] else [],
        "closed": False,
        "contact_email": state["contact_email"],
        "contact_phone": state["contact_phone"],
        "created": rfc3339(row.created),
        "dashboard": state["dashboard"],
        "display_name": state["display_name"],
        "livemode": False,
        "metadata": state["metadata"],
        **sections,
    }


def _recipient(row: Row) -> Body | None:
    if not row.hidden["recipient"]:
        return None
    standing = standing_of(row)
    details = [{"code": standing.code, "resolution": standing.resolution}] if standing.code else []
    capability = {"status": standing.status, "status_details": details}
    return {
        "applied": True,
        "capabilities": {"stripe_balance": {"stripe_transfers": capability, "payouts": dict(capability)}},
    }


def _defaults(state: Body) -> Body:
    defaults = state["defaults"]
    who = defaults.get("responsibilities") or {}
    return {
        "currency": defaults.get("currency"),
        "locales": defaults.get("locales"),
        "profile": defaults.get("profile"),
        "responsibilities": {
            "fees_collector": who.get("fees_collector"),
            "losses_collector": who.get("losses_collector"),
            "requirements_collector": "stripe",
        },
    }


def _identity(row: Row) -> Body:
    state, person = row.hidden, None
    if state["individual"] is not None:
        person = {
            "id": "person_test_" + row.id.removeprefix("acct_"),
            "object": "v2.core.account_person",
            "account": row.id,
            "created": rfc3339(row.created),
            "updated": rfc3339(state["updated"] or row.created),
            **state["individual"],
        }
    return {
        "attestations": None,
        "business_details": state["business_details"],
        "country": state["country"],
        "entity_type": state["entity_type"],
        "individual": person,
    }


def _requirements(row: Row) -> Body:
    standing = standing_of(row)
    due = standing.due if row.hidden["recipient"] else ()
    entries = [_entry(each, standing.asks) for each in due]
    until = row.hidden.get("deadline")
    first = {"status": standing.asks, "time": rfc3339(until) if until else None}
    return {"entries": entries, "summary": {"minimum_deadline": first if entries else None}}


def _entry(field: str, asks: str) -> Body:
    deadline = {"status": asks}
    capability = "stripe_balance.stripe_transfers"
    return {
        "awaiting_action_from": "user",
        "description": field,
        "errors": [],
        "impact": {
            "restricts_capabilities": [{"capability": capability, "configuration": "recipient", "deadline": deadline}]
        },
        "minimum_deadline": deadline,
        "reference": None,
        "requested_reasons": [{"code": "routine_onboarding"}],
    }


_INCLUDE = {"include": ANY}
OPERATIONS = {
    "POST /v2/core/accounts": Operation(create_account, _TAKES),
    "GET /v2/core/accounts": Operation(list_accounts, {"limit": ANY, "applied_configurations": ANY, "page": ANY}),
    "GET /v2/core/accounts/{id}": Operation(retrieve_account, _INCLUDE),
    "POST /v2/core/accounts/{id}": Operation(update_account, _TAKES),
}
