"""Money of accounts in API v2: transactions, the entries of their steps, and the balance they add up to.

Source: docs.stripe.com/api/v2/money-management. Each account has one financial account, which is there from the start.
"""

from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit_thin, rfc3339
from stripe_sandbox.http.listing import list_v2
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find, retrieve_of, show_plain
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.store import Row

BASE: Final = "/v2/money_management"
ACCOUNT: Final = "v2.money_management.financial_account"
TRANSACTION: Final = "v2.money_management.transaction"
ENTRY: Final = "v2.money_management.transaction_entry"
_PARTS: Final = ("available", "inbound_pending", "outbound_pending")
_COMPARES: Final = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def money(value: int, currency: str) -> Body:
    """Give an amount as API v2 shows it, in minor units."""
    return {"value": value, "currency": currency}


def account_of(call: Call) -> Row:
    """Give the financial account of the account of the call."""
    found = call.tx.find(ACCOUNT, "account = ?", (call.account,))
    if found:
        return found[0]
    body: Body = {
        "country": "us", "created": rfc3339(call.now), "display_name": None, "livemode": False, "metadata": {},
        "other": None, "status": "open",
        "storage": {"deposit_insurance_eligibility": None, "holds_currencies": ["usd"]},
        "type": "storage",
    }  # fmt: skip
    return call.add(ACCOUNT, body)


def find_account(call: Call, account_id: str, *, param: str = "id", status: int = 404) -> Row:
    """Give the financial account of this id, if it is that of the account of the call."""
    row = account_of(call)
    if row.id != account_id:
        raise missing("financial account", account_id, param=param, status=status)
    return row


def balance_of(call: Call, account_id: str) -> Body:
    """Give what is available and what is pending, by currency."""
    found: dict[str, dict[str, Body]] = {name: {} for name in _PARTS}
    for row in call.tx.find(TRANSACTION, "body ->> '$.financial_account' = ?", (account_id,)):
        for name in _PARTS:
            each = row.body["balance_impact"][name]
            known = found[name].setdefault(each["currency"], money(0, each["currency"]))
            known["value"] += each["value"]
    return {name: found[name] or {"usd": money(0, "usd")} for name in _PARTS}


def check_available(call: Call, account: Row, value: int, currency: str) -> None:
    """Raise 400 unless there is as much available."""
    has = balance_of(call, account.id)["available"].get(currency, {"value": 0})["value"]
    if has < value:
        raise invalid("The financial account does not have enough money for this.", param="amount",
                      code="balance_insufficient")  # fmt: skip


def impact(currency: str, available: int = 0, inbound: int = 0, outbound: int = 0) -> Body:
    """Give what a transaction does to the balance."""
    return dict(zip(_PARTS, (money(each, currency) for each in (available, inbound, outbound)), strict=True))


def open_transaction(call: Call, account: Row, flow: tuple[str, str], category: str, amount: Body, does: Body) -> Row:
    """Write a movement that is not final; `flow` is the kind and the id of what causes it."""
    body: Body = {
        "amount": amount,
        "balance_impact": does,
        "category": category,
        "counterparty": None,
        "created": rfc3339(call.now),
        "description": None,
        "financial_account": account.id,
        "flow": {"type": flow[0], flow[0]: flow[1]},
        "livemode": False,
        "metadata": {},
        "regulatory_receipt": {"status": "not_applicable", "url": None, "url_expires_at": None},
        "status": "pending",
        "status_transitions": {"posted_at": None, "void_at": None},
    }
    row = call.add(TRANSACTION, body, account=account.account)
    _enter(call, row, does)
    emit_thin(call, f"{TRANSACTION}.created", related=(row.id, TRANSACTION, f"{BASE}/transactions/{row.id}"))
    return row


def _enter(call: Call, row: Row, does: Body) -> None:
    body: Body = {
        "balance_impact": does,
        "created": rfc3339(call.now),
        "effective_at": rfc3339(call.now),
        "livemode": False,
        "transaction": row.id,
        "transaction_details": {name: row.body[name] for name in ("category", "financial_account", "flow")},
    }
    call.add(ENTRY, body, account=row.account)


def settle(call: Call, row: Row, does: Body, status: str = "posted") -> None:
    """Make a movement final: posted with this impact, or void."""
    before = row.body["balance_impact"]
    delta = {name: money(does[name]["value"] - before[name]["value"], does[name]["currency"]) for name in _PARTS}
    row.body.update(balance_impact=does, status=status)
    row.body["status_transitions"][f"{status}_at"] = rfc3339(call.now)
    call.tx.save(row)
    if any(each["value"] for each in delta.values()):
        _enter(call, row, delta)
    emit_thin(call, f"{TRANSACTION}.updated", related=(row.id, TRANSACTION, f"{BASE}/transactions/{row.id}"))


def _show_account(call: Call, row: Row, include: list[str] | None = None) -> Body:
    shown = {**row.body, "balance": balance_of(call, row.id)}
    if "storage.deposit_insurance_eligibility" in (include or []):
        shown["storage"] = {**shown["storage"], "deposit_insurance_eligibility": []}
    return shown


def list_accounts(call: Call, params: Body) -> Body:
    """Give a page of financial accounts: there is one."""
    row = account_of(call)
    shown = [_show_account(call, row, params.get("include"))]
    data = shown if row.body["status"] in params.get("statuses", [row.body["status"]]) else []
    return {"data": data, "next_page_url": None, "previous_page_url": None}


def retrieve_account(call: Call, params: Body, account_id: str) -> Body:
    """Give one financial account."""
    return _show_account(call, find_account(call, account_id), params.get("include"))


def update_account(call: Call, params: Body, account_id: str) -> Body:
    """Give a financial account another name."""
    row = find_account(call, account_id)
    if "display_name" in params:
        row.body["display_name"] = params["display_name"]
    row.body["metadata"] = {**row.body["metadata"], **(params.get("metadata") or {})}
    call.tx.save(row)
    emit_thin(call, f"{ACCOUNT}.updated", related=(row.id, ACCOUNT, f"{BASE}/financial_accounts/{row.id}"))
    return _show_account(call, row)


def created_within(params: Body, conditions: list[str], values: list[Any]) -> None:
    """Add the span of creation asked for; times in one format and zone sort as text."""
    for name, limit in params.get("created", {}).items():
        conditions.append(f"body ->> '$.created' {_COMPARES[name]} ?")
        values.append(limit)


def page(call: Call, kind: str, url: str, params: Body, equal: dict[str, str]) -> Body:
    """Give a page, also of a span of creation; `equal` maps a parameter to the place in the body it must equal."""
    conditions, values = ["TRUE"], list[Any]()
    created_within(params, conditions, values)
    for name, place in equal.items():
        if name in params:
            wanted = params[name] if isinstance(params[name], list) else [params[name]]
            conditions.append(f"body ->> '$.{place}' IN ({','.join('?' * len(wanted))})")
            values += wanted
    return list_v2(
        call, kind, params, url, lambda row: show_plain(call, row), where=" AND ".join(conditions), values=values,
        account=call.account,
    )  # fmt: skip


def list_transactions(call: Call, params: Body) -> Body:
    """Give a page of movements, also of one financial account or what caused them."""
    wanted = dict(params)
    flow = wanted.pop("flow", None)
    if flow is not None:
        found = call.tx.find(TRANSACTION, "account = ? AND instr(body ->> '$.flow', ?)", (call.account, flow))
        return {"data": [dict(row.body) for row in found], "next_page_url": None, "previous_page_url": None}
    return page(call, TRANSACTION, f"{BASE}/transactions", wanted, {"financial_account": "financial_account"})


def update_transaction(call: Call, params: Body, transaction_id: str) -> Body:
    """Describe a movement."""
    row = find(call, TRANSACTION, transaction_id, noun="transaction")
    row.body["description"] = params.get("description", row.body["description"])
    row.body["metadata"] = {**row.body["metadata"], **(params.get("metadata") or {})}
    call.tx.save(row)
    return show_plain(call, row)


def refresh_receipt(call: Call, params: Body, transaction_id: str) -> Body:
    """Ask for a receipt again: no movement of the sandbox has to have one."""
    del params
    return show_plain(call, find(call, TRANSACTION, transaction_id, noun="transaction"))


def list_entries(call: Call, params: Body) -> Body:
    """Give a page of entries, also of one transaction."""
    return page(call, ENTRY, f"{BASE}/transaction_entries", params, {"transaction": "transaction"})


def adjust(call: Call, account: Row, value: int, description: str) -> Body:
    """Put right what an account has, as Stripe would."""
    body = {"adjusted_flow": None, "amount": money(value, "usd"), "description": description,
            "financial_account": account.id}  # fmt: skip
    row = _ADJUSTMENTS.store(call, body)
    moved = open_transaction(call, account, ("adjustment", row.id), "adjustment", money(value, "usd"), impact("usd"))
    settle(call, moved, impact("usd", available=value))
    return dict(row.body)


def _adjustment(call: Call, params: Body) -> Body:
    del call
    return params


def list_adjustments(call: Call, params: Body) -> Body:
    """Give a page of adjustments."""
    return page(call, "v2.money_management.adjustment", f"{BASE}/adjustments", params,
                {"adjusted_flow": "adjusted_flow.type"})  # fmt: skip


_ADJUSTMENTS = Resource(
    kind="v2.money_management.adjustment", url=f"{BASE}/adjustments", name="id", body=_adjustment, told=("created",),
    noun="adjustment",
)  # fmt: skip
_PAGED = {"limit": ANY, "page": ANY}
_DATED = {**_PAGED, "created": ANY}
_ONE = f"{BASE}/transactions/{{id}}"
OPERATIONS = {
    f"GET {BASE}/financial_accounts": Operation(list_accounts, {**_PAGED, "include": ANY, "statuses": ANY}),
    f"GET {BASE}/financial_accounts/{{id}}": Operation(retrieve_account, {"include": ANY}),
    f"POST {BASE}/financial_accounts/{{id}}": Operation(update_account, {"display_name": ANY, "metadata": ANY}),
    f"GET {BASE}/transactions": Operation(list_transactions, {**_DATED, "financial_account": ANY, "flow": ANY}),
    f"GET {_ONE}": Operation(retrieve_of(TRANSACTION, noun="transaction")),
    f"POST {_ONE}": Operation(update_transaction, {"description": ANY, "metadata": ANY}),
    f"POST {_ONE}/refresh_regulatory_receipt": Operation(refresh_receipt),
    f"GET {BASE}/transaction_entries": Operation(list_entries, {**_DATED, "transaction": ANY}),
    f"GET {BASE}/transaction_entries/{{id}}": Operation(retrieve_of(ENTRY, noun="transaction entry")),
    f"GET {BASE}/adjustments": Operation(list_adjustments, {**_DATED, "adjusted_flow": ANY}),
    f"GET {BASE}/adjustments/{{id}}": Operation(retrieve_of("v2.money_management.adjustment", noun="adjustment")),
}
