"""Financial accounts of Treasury (v1): where the owner of a connected account keeps money beside the payments balance.

Source: docs.stripe.com/treasury/account-management/financial-accounts.
"""

from collections.abc import Mapping
from typing import Any, Final

from stripe_sandbox.accounts.capabilities import has_capability
from stripe_sandbox.accounts.state import find_account
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, change, find, list_of
from stripe_sandbox.ids import random_text
from stripe_sandbox.issuing.rows import CARD
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import PLATFORM, Row
from stripe_sandbox.treasury.money import balance_of

KIND: Final = "treasury.financial_account"
ROUTING: Final = "110000000"
_NOUN: Final = "financial account"
_PER_ACCOUNT_MAX: Final = 3
_FEATURES: Final[Mapping[str, tuple[str, ...]]] = {
    "card_issuing": (),
    "deposit_insurance": (),
    "financial_addresses": ("aba",),
    "inbound_transfers": ("ach",),
    "intra_stripe_flows": (),
    "outbound_payments": ("ach", "us_domestic_wire"),
    "outbound_transfers": ("ach", "us_domestic_wire"),
}


def create_account(call: Call, params: Body) -> Body:
    """Open a financial account of the account of the call, which must have the capability `treasury`."""
    if call.account == PLATFORM:
        raise not_built("financial accounts of the platform; send Stripe-Account")
    if not has_capability(find_account(call, call.account), "treasury"):
        raise invalid(f"The account {call.account} needs the treasury capability to be active.")
    if params["supported_currencies"] != ["usd"]:
        raise invalid("Financial accounts support usd only.", param="supported_currencies")
    if len(call.tx.find(KIND, "account = ? AND body ->> '$.status' = 'open'", (call.account,))) >= _PER_ACCOUNT_MAX:
        raise invalid(f"An account can have at most {_PER_ACCOUNT_MAX} financial accounts.")
    body: Body = {
        "country": "US",
        "created": call.now,
        "is_default": None,
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "nickname": params.get("nickname") or None,
        "pending_features": [],
        "platform_restrictions": params.get("platform_restrictions"),
        "restricted_features": [],
        "status": "open",
        "status_details": {"closed": None},
        "supported_currencies": ["usd"],
    }
    number = "".join(str(int(each, 36) % 10) for each in random_text(12))
    row = call.add(KIND, body, hidden={"requested": [], "number": number})
    emit(call, f"{KIND}.created", show_account(call, row), account=row.account)
    _request(call, row, params.get("features") or {})
    return show_account(call, row)


def _request(call: Call, row: Row, features: Body) -> None:
    """Take over which features are asked for; the sandbox has all of them ready at once."""
    requested = set(row.hidden["requested"])
    for path, given in _named(features):
        requested = requested | {path} if given["requested"] else requested - {path}
    if sorted(requested) != row.hidden["requested"]:
        row.hidden["requested"] = sorted(requested)
        call.tx.save(row)
        emit(call, f"{KIND}.features_status_updated", show_account(call, row), account=row.account)


def _named(features: Body) -> list[tuple[str, Body]]:
    found: list[tuple[str, Body]] = []
    for group, inner in _FEATURES.items():
        given: Any = features.get(group)
        if given is not None:
            found += (
                [(f"{group}.{each}", given[each]) for each in inner if each in given] if inner else [(group, given)]
            )
    return found


def show_account(call: Call, row: Row) -> Body:
    """Give a financial account with its balance of now. Of its number only four digits are shown."""
    number = row.hidden["number"]
    aba: Body = {
        "account_holder_name": call.platform,
        "account_number_last4": number[-4:],
        "bank_name": "STRIPE TEST BANK",
        "routing_number": ROUTING,
    }
    address = {"type": "aba", "aba": aba, "supported_networks": ["ach", "us_domestic_wire"]}
    return {
        **row.body,
        "active_features": list(row.hidden["requested"]),
        "balance": balance_of(call, row.id),
        "financial_addresses": [address] if "financial_addresses.aba" in row.hidden["requested"] else [],
    }


def find_open(call: Call, account_id: str, *, param: str = "financial_account") -> Row:
    """Give an open financial account of the account of the call."""
    row = find(call, KIND, account_id, noun=_NOUN, param=param, status=400)
    if row.body["status"] != "open":
        raise invalid("This financial account is closed.", param=param, code="financial_account_not_open")
    return row


def retrieve_account(call: Call, params: Body, account_id: str) -> Body:
    """Give one; its account number only to who expands it."""
    row = find(call, KIND, account_id, noun=_NOUN)
    shown, wanted = show_account(call, row), "financial_addresses.aba.account_number"
    if wanted in params.get("expand", []) and shown["financial_addresses"]:
        params["expand"].remove(wanted)
        shown["financial_addresses"][0]["aba"]["account_number"] = row.hidden["number"]
    return shown


def update_account(call: Call, params: Body, account_id: str) -> Body:
    """Change the name, the metadata or the features."""
    row = find_open(call, account_id, param="id")
    change(row, params, ("nickname", "platform_restrictions"))
    call.tx.save(row)
    _request(call, row, params.get("features") or {})
    return show_account(call, row)


def close_account(call: Call, params: Body, account_id: str) -> Body:
    """Close one that holds nothing and has no card left."""
    del params
    row = find_open(call, account_id, param="id")
    if any(amount for each in balance_of(call, row.id).values() for amount in each.values()):
        raise invalid("A financial account can be closed only when its balances are zero.")
    left = call.tx.find(CARD, "body ->> '$.financial_account' = ? AND body ->> '$.status' <> 'canceled'", (row.id,))
    if left:
        raise invalid("Cancel the cards of this financial account first.")
    row.body.update(status="closed", status_details={"closed": {"reasons": ["closed_by_platform"]}})
    row.hidden["requested"] = []
    call.tx.save(row)
    emit(call, f"{KIND}.closed", show_account(call, row), account=row.account)
    return show_account(call, row)


def retrieve_features(call: Call, params: Body, account_id: str) -> Body:
    """Give the state of every feature."""
    del params
    return _features(find(call, KIND, account_id, noun=_NOUN))


def update_features(call: Call, params: Body, account_id: str) -> Body:
    """Ask for features, or give them up."""
    row = find_open(call, account_id, param="id")
    _request(call, row, params)
    return _features(row)


def _features(row: Row) -> Body:
    def state(path: str) -> Body:
        asked = path in row.hidden["requested"]
        details = [] if asked else [{"code": "capability_not_requested", "resolution": None, "restriction": None}]
        return {"requested": asked, "status": "active" if asked else "restricted", "status_details": details}

    shown: Body = {"object": "treasury.financial_account_features"}
    for group, inner in _FEATURES.items():
        shown[group] = {each: state(f"{group}.{each}") for each in inner} if inner else state(group)
    return shown


_ASKS = {
    group: {each: {"requested": ANY} for each in inner} if inner else {"requested": ANY}
    for group, inner in _FEATURES.items()
}
_CHANGES = {"nickname": ANY, "metadata": ANY, "features": _ASKS, "platform_restrictions": ANY}
_ALL = "/v1/treasury/financial_accounts"
_ONE = f"{_ALL}/{{financial_account}}"
OPERATIONS = {
    f"POST {_ALL}": Operation(create_account, {**_CHANGES, "supported_currencies": ANY}),
    f"GET {_ALL}": Operation(list_of(KIND, _ALL, show=show_account), DATED),
    f"GET {_ONE}": Operation(retrieve_account),
    f"POST {_ONE}": Operation(update_account, _CHANGES),
    f"POST {_ONE}/close": Operation(close_account),
    f"GET {_ONE}/features": Operation(retrieve_features),
    f"POST {_ONE}/features": Operation(update_features, _ASKS),
}
