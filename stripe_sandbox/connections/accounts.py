"""Bank accounts that customers or sellers let the platform look into. The control surface plays who links one.

Source: docs.stripe.com/financial-connections. What was asked for is refreshed at once.
"""

from typing import Any, Final

from stripe_sandbox.accounts.state import find_account
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects, whole_list
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find, retrieve_of, show_plain
from stripe_sandbox.ids import new_id, random_text
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

ACCOUNT: Final = "financial_connections.account"
SESSION: Final = "financial_connections.session"
TRANSACTION: Final = "financial_connections.transaction"
OWNERSHIP: Final = "financial_connections.account_ownership"
_OWNER: Final = "financial_connections.account_owner"
_NOUN: Final = "financial connections account"
_NEEDS: Final = {"balance": "balances", "ownership": "ownership", "transactions": "transactions"}
_DAY_S: Final = 86_400


def create_session(call: Call, params: Body) -> Body:
    """Ask somebody to link a bank account."""
    holder = _holder(call, params["account_holder"])
    limit = (params.get("limits") or {}).get("accounts")
    body: Body = {
        **nothing_of(SESSION, "bank_account_token"),
        "account_holder": holder,
        "accounts": None,
        "client_secret": f"fcsess_client_secret_{random_text(24)}",
        "filters": _filters(params.get("filters")),
        "limits": {"accounts": limit} if limit else None,
        "livemode": False,
        "permissions": params["permissions"],
        "prefetch": params.get("prefetch") or None,
        "return_url": params.get("return_url"),
    }  # fmt: skip
    return show_session(call, call.add(SESSION, body))


def _filters(given: Body | None) -> Body | None:
    return None if given is None else {"account_subcategories": None, "country": None, **given}


def _holder(call: Call, given: Body) -> Body:
    kind = given["type"]
    if kind == "customer":
        find(call, "customer", given.get("customer", ""), param="account_holder[customer]", status=400)
    else:
        find_account(call, given.get("account", ""), param="account_holder[account]", status=400)
    return {"type": kind, kind: given[kind]}


def show_session(call: Call, row: Row) -> Body:
    """Give a session with the accounts that were linked in it."""
    found = call.tx.find(ACCOUNT, "hidden ->> '$.session' = ?", (row.id,))
    url = f"/v1/financial_connections/accounts?session={row.id}"
    return {**row.body, "accounts": whole_list(url, [show_plain(call, each) for each in found])}


def link(call: Call, session: Row, given: Body) -> Body:
    """Play somebody who links a bank account: its `balance` in cents, its `last4`."""
    limit = (session.body["limits"] or {}).get("accounts")
    known = call.tx.find(ACCOUNT, "hidden ->> '$.session' = ?", (session.id,))
    if limit is not None and len(known) >= limit:
        raise invalid(f"This session links at most {limit} accounts.")
    body: Body = {
        **nothing_of(ACCOUNT),
        "account_holder": session.body["account_holder"],
        "category": "cash",
        "created": call.now,
        "display_name": "Test Checking",
        "institution_name": "STRIPE TEST BANK",
        "last4": str(given.get("last4", "6789")),
        "livemode": False,
        "permissions": session.body["permissions"],
        "status": "active",
        "status_details": {"active": None},
        "subcategory": "checking",
        "subscriptions": [],
        "supported_payment_method_types": ["us_bank_account"],
    }
    hidden = {"session": session.id, "balance": int(given.get("balance", 100_000))}
    row = call.add(ACCOUNT, body, account=session.account, hidden=hidden)
    emit(call, f"{ACCOUNT}.created", row.body, account=row.account)
    for feature in session.body["prefetch"] or []:
        _refresh(call, row, {"balances": "balance"}.get(feature, feature))
    call.tx.save(row)
    return show_plain(call, row)


def _active(call: Call, account_id: str) -> Row:
    row = find(call, ACCOUNT, account_id, noun=_NOUN)
    if row.body["status"] != "active":
        raise invalid(f"This account is {row.body['status']}.", code="financial_connections_account_inactive")
    return row


def refresh_account(call: Call, params: Body, account_id: str) -> Body:
    """Look into the account again, for what its holder allows."""
    row = _active(call, account_id)
    for feature in params["features"]:
        if _NEEDS[feature] not in row.body["permissions"]:
            raise invalid(f"The holder has not allowed {_NEEDS[feature]}.", param="features")
        _refresh(call, row, feature)
    call.tx.save(row)
    return show_plain(call, row)


def _refresh(call: Call, row: Row, feature: str) -> None:
    done: Body = {"last_attempted_at": call.now, "next_refresh_available_at": call.now, "status": "succeeded"}
    if feature == "balance":
        value = {"usd": row.hidden["balance"]}
        row.body["balance"] = {"as_of": call.now, "cash": {"available": value}, "current": value, "type": "cash"}
        row.body["balance_refresh"] = done
    elif feature == "ownership":
        row.body.update(ownership=_note_owner(call, row), ownership_refresh=done)
    else:
        refresh = f"fctxnref_{random_text(24)}"
        _note_transactions(call, row, refresh)
        row.body["transaction_refresh"] = {"id": refresh, **done}
    noun = {"balance": "balance", "ownership": "ownership"}.get(feature, "transactions")
    emit(call, f"{ACCOUNT}.refreshed_{noun}", row.body, account=row.account)


def _note_owner(call: Call, row: Row) -> str:
    holder = row.body["account_holder"]
    person = call.tx.get(holder[holder["type"]])
    name = person.body.get("name") if person and person.kind == "customer" else None
    ownership_id = new_id(OWNERSHIP)
    owner = {
        "id": f"fcaowner_{random_text(24)}", "object": _OWNER, "email": None, "name": name or "Test Holder",
        "ownership": ownership_id, "phone": None, "raw_address": None, "refreshed_at": call.now,
    }  # fmt: skip
    url = f"/v1/financial_connections/accounts/{row.id}/owners?ownership={ownership_id}"
    body = {"id": ownership_id, "created": call.now, "owners": whole_list(url, [owner])}
    call.add(OWNERSHIP, body, account=row.account, hidden={"account": row.id})
    return ownership_id


def _note_transactions(call: Call, row: Row, refresh: str) -> None:
    """A refresh finds one more payment of the day before, which is what a test account of this bank has each day."""
    body: Body = {
        "account": row.id, "amount": -1_000, "currency": "usd", "description": "Test payment", "livemode": False,
        "status": "posted", "status_transitions": {"posted_at": call.now, "void_at": None},
        "transacted_at": call.now - _DAY_S, "transaction_refresh": refresh, "updated": call.now,
    }  # fmt: skip
    call.add(TRANSACTION, body, account=row.account)


def subscribe(call: Call, params: Body, account_id: str) -> Body:
    """Be told of new transactions."""
    row = _active(call, account_id)
    if "transactions" not in row.body["permissions"]:
        raise invalid("The holder has not allowed transactions.", param="features")
    row.body["subscriptions"] = sorted({*row.body["subscriptions"], *params["features"]})
    _refresh(call, row, "transactions")
    call.tx.save(row)
    return show_plain(call, row)


def unsubscribe(call: Call, params: Body, account_id: str) -> Body:
    """Be told no longer."""
    row = find(call, ACCOUNT, account_id, noun=_NOUN)
    row.body["subscriptions"] = [each for each in row.body["subscriptions"] if each not in params["features"]]
    call.tx.save(row)
    return show_plain(call, row)


def disconnect(call: Call, params: Body, account_id: str) -> Body:
    """Look into an account no longer."""
    del params
    row = _active(call, account_id)
    row.body["status"] = "disconnected"
    call.tx.save(row)
    emit(call, f"{ACCOUNT}.disconnected", row.body)
    return show_plain(call, row)


def list_accounts(call: Call, params: Body) -> Body:
    """Give a page of accounts, also of their holder or the session they were linked in."""
    wanted, conditions, values = dict(params), ["TRUE"], list[Any]()
    for name, value in wanted.pop("account_holder", {}).items():
        conditions.append(f"body ->> '$.account_holder.{name}' = ?")
        values.append(value)
    filters = {"session": "hidden ->> '$.session' = ?"}
    return list_objects(
        call, ACCOUNT, wanted, "/v1/financial_connections/accounts", show_plain, filters=filters,
        where=" AND ".join(conditions), values=tuple(values),
    )  # fmt: skip


def list_owners(call: Call, params: Body, account_id: str) -> Body:
    """Give who owned an account when that was looked at."""
    row = find(call, ACCOUNT, account_id, noun=_NOUN)
    found = find(call, OWNERSHIP, params["ownership"], noun="ownership", param="ownership", status=400)
    if found.hidden["account"] != row.id:
        raise missing("ownership", params["ownership"], param="ownership", status=400)
    owners: Body = found.body["owners"]
    return owners


def list_transactions(call: Call, params: Body) -> Body:
    """Give a page of the transactions of an account, also those found after a refresh, or in a span of time."""
    wanted = dict(params)
    row = find(call, ACCOUNT, wanted.pop("account"), noun=_NOUN, param="account", status=400)
    conditions, values = ["body ->> '$.account' = ?"], list[Any]([row.id])
    after = wanted.pop("transaction_refresh", {}).get("after")
    if after is not None:
        conditions.append(
            "seq > (SELECT coalesce(max(t.seq), 0) FROM objects t WHERE t.kind = objects.kind "
            "AND t.body ->> '$.transaction_refresh' = ?)"
        )
        values.append(after)
    span = wanted.pop("transacted_at", None)
    for sign, moment in span.items() if isinstance(span, dict) else [("", span)] if span else []:
        compared = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "": "="}[sign]
        conditions.append(f"body ->> '$.transacted_at' {compared} ?")
        values.append(moment)
    return list_objects(
        call, TRANSACTION, wanted, "/v1/financial_connections/transactions", show_plain,
        where=" AND ".join(conditions), values=tuple(values),
    )  # fmt: skip


_ALL: Final = "/v1/financial_connections/accounts"
_ONE: Final = f"{_ALL}/{{account}}"
_HOLDER = {"type": ANY, "account": ANY, "customer": ANY}
OPERATIONS = {
    "POST /v1/financial_connections/sessions": Operation(
        create_session,
        {
            "account_holder": _HOLDER,
            **dict.fromkeys(("filters", "limits", "permissions", "prefetch", "return_url"), ANY),
        },
    ),
    "GET /v1/financial_connections/sessions/{session}": Operation(
        retrieve_of(SESSION, noun="financial connections session", show=show_session)
    ),
    f"GET {_ALL}": Operation(list_accounts, {**PAGED, "account_holder": _HOLDER, "session": ANY}),
    f"GET {_ONE}": Operation(retrieve_of(ACCOUNT, noun=_NOUN)),
    f"POST {_ONE}/disconnect": Operation(disconnect),
    f"GET {_ONE}/owners": Operation(list_owners, {**PAGED, "ownership": ANY}),
    f"POST {_ONE}/refresh": Operation(refresh_account, {"features": ANY}),
    f"POST {_ONE}/subscribe": Operation(subscribe, {"features": ANY}),
    f"POST {_ONE}/unsubscribe": Operation(unsubscribe, {"features": ANY}),
    "GET /v1/financial_connections/transactions": Operation(
        list_transactions, {**PAGED, "account": ANY, "transacted_at": ANY, "transaction_refresh": {"after": ANY}}
    ),
    "GET /v1/financial_connections/transactions/{transaction}": Operation(
        retrieve_of(TRANSACTION, noun="financial connections transaction")
    ),
}
