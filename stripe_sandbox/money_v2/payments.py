"""Payments to recipients, and the intents that lead to them. Source: docs.stripe.com/global-payouts.

A payment is on its way for a day and then arrives, unless the control surface lets the bank say something else before.
"""

from datetime import datetime
from typing import Any, Final

from stripe_sandbox.accounts.state import find_account as find_recipient
from stripe_sandbox.accounts.state import may_receive
from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.split import cannot_receive
from stripe_sandbox.errors import ApiFailure, invalid, not_built
from stripe_sandbox.events.write import emit_thin, rfc3339
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find, retrieve_of, show_plain
from stripe_sandbox.money_v2.checks import consume, details_of
from stripe_sandbox.money_v2.ledger import (
    BASE,
    TRANSACTION,
    check_available,
    find_account,
    impact,
    open_transaction,
    page,
    settle,
)
from stripe_sandbox.money_v2.methods import method_for
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "v2.money_management.outbound_payment"
INTENT: Final = "v2.money_management.payout_intent"
_DAY_S: Final = 86_400


def _tell(call: Call, row: Row, what: str) -> None:
    noun = "outbound_payments" if row.kind == KIND else "payout_intents"
    emit_thin(call, f"{row.kind}.{what}", related=(row.id, row.kind, f"{BASE}/{noun}/{row.id}"))


def _amount(call: Call, params: Body) -> tuple[int, str]:
    amount, source, to = params["amount"], params["from"], params.get("to", {})
    if amount["value"] < 1:
        raise invalid("Invalid positive integer", param="amount[value]", code="parameter_invalid_integer")
    if {source["currency"], to.get("currency", source["currency"])} != {amount["currency"]}:
        raise not_built("payouts in another currency than that of the financial account")
    find_account(call, source["financial_account"], param="from[financial_account]", status=400)
    return amount["value"], amount["currency"]


def create_payment(call: Call, params: Body) -> Body:
    """Pay a recipient out of the financial account."""
    return show_plain(call, pay(call, params))


def pay(call: Call, params: Body, *, intent: str | None = None) -> Row:
    """Send a payment on its way."""
    value, currency = _amount(call, params)
    to, account = params["to"], find_account(call, params["from"]["financial_account"])
    if not may_receive(find_recipient(call, to["recipient"], param="to[recipient]", status=400)):
        raise cannot_receive("to[recipient]")
    method = method_for(call, to["recipient"], to.get("payout_method"))
    check_available(call, account, value, currency)
    money = {"value": value, "currency": currency}
    body: Body = {
        **nothing_of(KIND),
        "amount": money,
        "cancelable": True,
        "created": rfc3339(call.now),
        "description": params.get("description"),
        "expected_arrival_date": rfc3339(call.now + _DAY_S),
        "from": {"debited": dict(money), "financial_account": account.id},
        "livemode": False,
        "metadata": params.get("metadata") or {},
        "payout_intent": intent,
        "recipient_notification": params.get("recipient_notification") or {"setting": "configured"},
        "statement_descriptor": params.get("statement_descriptor") or "PAYOUT",
        "status": "processing",
        "status_transitions": dict.fromkeys(("canceled_at", "failed_at", "posted_at", "returned_at")),
        "to": {"credited": dict(money), "payout_method": method.id, "payout_method_options": None,
               "recipient": to["recipient"]},
        "tracking_details": {"bank_account": None, "card": None, "status": "pending", "type": "bank_account"},
    }  # fmt: skip
    row = call.add(KIND, body, hidden={"due": call.now + _DAY_S})
    if "recipient_verification" in params:
        consume(call, params["recipient_verification"], method.id, row.id)
        row.body["recipient_verification"] = params["recipient_verification"]
    held = impact(currency, available=-value, outbound=value)
    moved = open_transaction(call, account, ("outbound_payment", row.id), "outbound_payment", dict(money), held)
    row.hidden["movement"] = moved.id
    call.tx.save(row)
    _tell(call, row, "created")
    return row


def end_payment(call: Call, row: Row, status: str, reason: str = "unknown_failure") -> Body:
    """Let a payment arrive, fail, be canceled, or come back after it has arrived."""
    wanted = "posted" if status == "returned" else "processing"
    if row.body["status"] != wanted:
        raise invalid(f"This outbound payment is {row.body['status']}.")
    moved, amount = call.tx.get(row.hidden["movement"], TRANSACTION), row.body["amount"]
    assert moved is not None, "a payment is a movement"
    value, currency = amount["value"], amount["currency"]
    if status == "posted":
        settle(call, moved, impact(currency, available=-value))
    elif status == "returned":
        account = find_account(call, row.body["from"]["financial_account"])
        flow, none = ("outbound_payment", row.id), impact(currency)
        back = open_transaction(call, account, flow, "outbound_payment_reversal", dict(amount), none)
        settle(call, back, impact(currency, available=value))
    else:
        settle(call, moved, impact(currency), "void")
    row.body.update(status=status, cancelable=False)
    row.body["status_transitions"][f"{status}_at"] = rfc3339(call.now)
    if status in ("failed", "returned"):
        row.body["status_details"] = {status: {"reason": reason}}
    row.hidden["due"] = None
    call.tx.save(row)
    _tell(call, row, status)
    _follow(call, row)
    return show_plain(call, row)


def _follow(call: Call, row: Row) -> None:
    """Let the intent of a payment stand where the payment does."""
    intent = call.tx.get(row.body["payout_intent"] or "", INTENT)
    if intent is None:
        return
    if row.body["status"] == "posted":
        _move(call, intent, "posted")
    elif row.body["status"] in ("failed", "returned"):
        action = {"handle_failure": {"failure_reason": "payout_method_declined"}, "type": "handle_failure"}
        intent.body["next_action"] = action
        _move(call, intent, "requires_action")


def cancel_payment(call: Call, params: Body, payment_id: str) -> Body:
    """Call a payment back that has not arrived."""
    del params
    return end_payment(call, find(call, KIND, payment_id, noun="outbound payment"), "canceled")


def list_payments(call: Call, params: Body) -> Body:
    """Give a page of payments, also by recipient or status."""
    return page(call, KIND, f"{BASE}/outbound_payments", params, {"recipient": "to.recipient", "status": "status"})


def create_intent(call: Call, params: Body) -> Body:
    """Plan a payment: made at once, on a day, or when it is confirmed."""
    value, currency = _amount(call, params)
    money = {"value": value, "currency": currency}
    source, to = params["from"], params["to"]
    body: Body = {
        **nothing_of(INTENT),
        "amount": money,
        "confirmation_method": params.get("confirmation_method", "automatic"),
        "created": rfc3339(call.now),
        "description": params.get("description"),
        "from": {
            "currency": source["currency"],
            "debited": dict(money),
            "financial_account": source["financial_account"],
        },
        "livemode": False,
        "metadata": params.get("metadata") or {},
        "recipient_notification": params.get("recipient_notification") or {"setting": "configured"},
        "schedule_options": params.get("schedule_options"),
        "statement_descriptor": params.get("statement_descriptor"),
        "status": "pending",
        "status_transitions": dict.fromkeys(("canceled_at", "posted_at", "processing_at", "requires_action_at")),
        "to": _to(to, money),
    }
    row = call.add(INTENT, body, hidden={"due": _when(call, params)})
    _tell(call, row, "created")
    if row.body["confirmation_method"] == "manual":
        row.body["next_action"] = {
            "confirm": {"fields_to_review": [], "reason": "manually_requested"},
            "type": "confirm",
        }
        _move(call, row, "requires_action")
    else:
        _go_on(call, row)
    return show_plain(call, row)


def _to(given: Body, money: Body) -> Body:
    names = ("currency", "payout_method", "payout_method_options", "recipient")
    return {**{name: given.get(name) for name in names}, "credited": dict(money)}


def _when(call: Call, params: Body) -> int:
    day = (params.get("schedule_options") or {}).get("execute_on")
    if not day:
        return call.now
    try:
        return max(int(datetime.fromisoformat(f"{day[:10]}T00:00:00+00:00").timestamp()), call.now)
    except ValueError as wrong:
        raise invalid("execute_on must be a date.", param="schedule_options[execute_on]") from wrong


def _move(call: Call, row: Row, status: str) -> None:
    row.body["status"] = status
    if status != "pending":
        row.body["status_transitions"][f"{status}_at"] = rfc3339(call.now)
    call.tx.save(row)
    _tell(call, row, status)


def _go_on(call: Call, row: Row) -> None:
    """Pay what is due; what cannot be paid waits for somebody to see to it."""
    row.body["next_action"] = None
    if row.hidden["due"] > call.now:
        _move(call, row, "pending")
        return
    body = row.body
    asked = {name: body[name] for name in ("amount", "description", "from", "metadata", "recipient_notification",
                                           "statement_descriptor", "to")}  # fmt: skip
    asked["to"] = {name: value for name, value in body["to"].items() if value is not None}
    asked["to"].setdefault("recipient", call.account)
    row.hidden["due"] = None
    try:
        payment = pay(call, asked, intent=row.id)
    except ApiFailure as refused:
        reason = "insufficient_funds" if refused.code == "balance_insufficient" else "payout_method_does_not_exist"
        body["next_action"] = {"handle_failure": {"failure_reason": reason}, "type": "handle_failure"}
        _move(call, row, "requires_action")
        return
    body["latest_payout"] = {"outbound_payment": payment.id, "type": "outbound_payment"}
    _move(call, row, "processing")


def confirm_intent(call: Call, params: Body, intent_id: str) -> Body:
    """Confirm what waits, or try again what has failed."""
    del params
    row = _open(call, intent_id, "requires_action")
    row.hidden["due"] = _when(call, row.body)
    _go_on(call, row)
    return show_plain(call, row)


def _open(call: Call, intent_id: str, *wanted: str) -> Row:
    row = find(call, INTENT, intent_id, noun="payout intent")
    if row.body["status"] not in wanted:
        raise invalid(f"This payout intent is {row.body['status']}.")
    return row


def cancel_intent(call: Call, params: Body, intent_id: str) -> Body:
    """Call an intent off that was not paid yet."""
    del params
    row = _open(call, intent_id, "pending", "requires_action")
    row.hidden["due"], row.body["next_action"] = None, None
    _move(call, row, "canceled")
    return show_plain(call, row)


def update_intent(call: Call, params: Body, intent_id: str) -> Body:
    """Change an intent that was not paid yet."""
    row = _open(call, intent_id, "pending", "requires_action")
    for name in ("description", "recipient_notification", "statement_descriptor", "schedule_options"):
        if name in params:
            row.body[name] = params[name]
    row.body["metadata"] = {**row.body["metadata"], **(params.get("metadata") or {})}
    if "to" in params:
        row.body["to"] = _to({**row.body["to"], **params["to"]}, row.body["amount"])
    if "schedule_options" in params:
        row.hidden["due"] = _when(call, params)
    call.tx.save(row)
    _tell(call, row, "updated")
    return show_plain(call, row)


def refresh_quote(call: Call, params: Body, intent_id: str) -> Body:
    """Refuse: payouts of the sandbox are in one currency, and need no quote."""
    del params
    find(call, INTENT, intent_id, noun="payout intent")
    raise invalid("This payout intent has no FX quote.")


def refresh_verification(call: Call, params: Body, intent_id: str) -> Body:
    """Ask the recipient's bank once more whose account it is."""
    del params
    row = _open(call, intent_id, "pending", "requires_action")
    recipient = row.body["to"]["recipient"] or call.account
    method = method_for(call, recipient, row.body["to"]["payout_method"])
    country: Any = (method.body["bank_account"] or {}).get("country")
    result = "match" if country in ("gb", "de") else "unavailable"
    account = find_recipient(call, recipient, param="to[recipient]", status=400)
    row.body["recipient_verification"] = {"match_result": result, "match_result_details": details_of(account, result)}
    call.tx.save(row)
    _tell(call, row, "updated")
    return show_plain(call, row)


def list_intents(call: Call, params: Body) -> Body:
    """Give a page of intents."""
    return page(call, INTENT, f"{BASE}/payout_intents", params, {})


def pay_due(call: Call) -> int:
    """Let payments arrive and planned ones be made; gives how many."""
    done = 0
    for kind, act in ((KIND, lambda row: end_payment(call, row, "posted")), (INTENT, lambda row: _go_on(call, row))):
        for row in call.tx.find(kind, "hidden ->> '$.due' <= ?", (call.now,)):
            if row.kind == INTENT and row.body["status"] != "pending":
                continue
            with call.on(row.account):
                act(row)
            done += 1
    return done


_TO = {"currency": ANY, "payout_method": ANY, "recipient": ANY}
_COMMON = {
    "from": ANY, "amount": ANY, "description": ANY, "metadata": ANY, "recipient_notification": ANY,
    "statement_descriptor": ANY, "to": _TO,
}  # fmt: skip
_PAY, _PLAN = f"{BASE}/outbound_payments", f"{BASE}/payout_intents"
_PAGED = {"limit": ANY, "page": ANY}
_LATER = {"schedule_options": {"execute_on": ANY}}
OPERATIONS = {
    f"POST {_PAY}": Operation(create_payment, {**_COMMON, "recipient_verification": ANY}),
    f"GET {_PAY}": Operation(list_payments, {**_PAGED, "created": ANY, "recipient": ANY, "status": ANY}),
    f"GET {_PAY}/{{id}}": Operation(retrieve_of(KIND, noun="outbound payment")),
    f"POST {_PAY}/{{id}}/cancel": Operation(cancel_payment),
    f"POST {_PLAN}": Operation(create_intent, {**_COMMON, **_LATER, "confirmation_method": ANY}),
    f"GET {_PLAN}": Operation(list_intents, _PAGED),
    f"GET {_PLAN}/{{id}}": Operation(retrieve_of(INTENT, noun="payout intent")),
    f"POST {_PLAN}/{{id}}": Operation(
        update_intent,
        {**{name: _COMMON[name] for name in _COMMON if name not in ("from", "amount")}, **_LATER},
    ),
    f"POST {_PLAN}/{{id}}/cancel": Operation(cancel_intent),
    f"POST {_PLAN}/{{id}}/confirm": Operation(confirm_intent),
    f"POST {_PLAN}/{{id}}/refresh_fx_quote": Operation(refresh_quote),
    f"POST {_PLAN}/{{id}}/refresh_recipient_verification": Operation(refresh_verification),
}
