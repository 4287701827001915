"""Authorizations: a card asks to pay, and the money is held. Source: docs.stripe.com/issuing/purchases/authorizations.

Where an endpoint listens to `issuing_authorization.request` by its name, an authorization nothing speaks against waits
two seconds for `approve` or `decline`, and is declined after them. Otherwise it is decided at once.
"""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, change, find, retrieve_of, show_plain
from stripe_sandbox.ids import random_text
from stripe_sandbox.issuing.cards import show_card
from stripe_sandbox.issuing.decide import reason_against
from stripe_sandbox.issuing.merchants import merchant_of
from stripe_sandbox.issuing.rows import AUTHORIZATION, CARD, CARDHOLDER, TRANSACTION
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row
from stripe_sandbox.treasury.money import TRANSACTION as MOVEMENT
from stripe_sandbox.treasury.money import change_impact, impact, open_transaction, void

_NOUN: Final = "issuing authorization"
_WAITS_S: Final = 2
_REQUEST: Final = "issuing_authorization.request"
_PRESENT: Final = ("chip", "contactless", "swipe")


def create_authorization(call: Call, params: Body) -> Body:
    """Play a merchant at whom a card is used."""
    card = find(call, CARD, params["card"], noun="issuing card", param="card", status=400)
    amount = params.get("amount", 0)
    if amount < 0 or params.get("currency", "usd") != "usd":
        raise invalid("Authorize an amount of usd.", param="amount")
    row = call.add(AUTHORIZATION, _body(call, params, card, amount), hidden={"spent": 0, "movement": None})
    risk = params.get("risk_assessment", {}).get("fraud_risk", {}).get("level", "")
    merchant, presence = row.body["merchant_data"], row.body["card_presence"]
    against = reason_against(call, card, amount, merchant, presence, risk=risk)
    if not against and _is_asked(call):
        row.body["pending_request"] = _request(row, amount, params)
        row.hidden["due"] = call.now + _WAITS_S
        call.tx.save(row)
        emit(call, _REQUEST, show_authorization(call, row))
        return show_authorization(call, row)
    if against == "suspected_fraud":
        _challenge(call, card, row)
    _decide(call, row, amount, against or "card_active", approved=not against)
    emit(call, "issuing_authorization.created", show_authorization(call, row))
    return show_authorization(call, row)


def _body(call: Call, params: Body, card: Row, amount: int) -> Body:
    method, given = params.get("authorization_method", "online"), params.get("verification_data", {})
    checks = ("address_line1_check", "address_postal_code_check", "cvc_check", "expiry_check")
    details = params.get("amount_details")
    return {
        **nothing_of(AUTHORIZATION),
        "amount": amount,
        "amount_details": {"atm_fee": None, "cashback_amount": None, **details} if details else None,
        "approved": False,
        "authorization_method": method,
        "balance_transactions": [],
        "card": card.id,
        "card_presence": "present" if method in _PRESENT else "not_present",
        "cardholder": card.body["cardholder"]["id"],
        "created": call.now,
        "currency": "usd",
        "livemode": False,
        "merchant_amount": params.get("merchant_amount", amount),
        "merchant_currency": params.get("merchant_currency", "usd"),
        "merchant_data": merchant_of(params.get("merchant_data")),
        "metadata": {},
        "request_history": [],
        "status": "pending",
        "transactions": [],
        "treasury": {"received_credits": [], "received_debits": [], "transaction": None},
        "verification_data": {
            **{name: given.get(name, "not_provided") for name in checks},
            "authentication_exemption": given.get("authentication_exemption"),
            "postal_code": None,
            "three_d_secure": given.get("three_d_secure"),
        },
        "verified_by_fraud_challenge": None,
        "wallet": params.get("wallet"),
    }


def _request(row: Row, amount: int, params: Body) -> Body:
    return {
        "amount": amount, "amount_details": row.body["amount_details"], "currency": "usd",
        "is_amount_controllable": params.get("is_amount_controllable", False),
        "merchant_amount": row.body["merchant_amount"], "merchant_currency": row.body["merchant_currency"],
        "network_risk_score": None,
    }  # fmt: skip


def _is_asked(call: Call) -> bool:
    endpoints = call.tx.find("webhook_endpoint", "body ->> '$.status' = 'enabled'")
    return any(_REQUEST in each.body["enabled_events"] for each in endpoints)


def _challenge(call: Call, card: Row, row: Row) -> None:
    """Ask the holder by text message whether it was them."""
    holder = call.tx.get(card.body["cardholder"]["id"], CARDHOLDER)
    phone = holder.body["phone_number"] if holder else None
    reached = {"status": "pending"} if phone else {"status": "undeliverable", "undeliverable_reason": "no_phone_number"}
    row.body["fraud_challenges"] = [{"channel": "sms", **reached}]


def _decide(call: Call, row: Row, amount: int, reason: str, *, approved: bool) -> None:
    """Write down a decision, and hold the money it allows."""
    body = row.body
    body["request_history"].insert(0, {
        "amount": amount, "amount_details": body["amount_details"], "approved": approved,
        "authorization_code": random_text(6).upper() if approved else None, "created": call.now, "currency": "usd",
        "merchant_amount": body["merchant_amount"], "merchant_currency": body["merchant_currency"],
        "network_risk_score": None, "reason": reason, "reason_message": None, "requested_at": call.now,
    })  # fmt: skip
    body["pending_request"] = None
    row.hidden["due"] = None
    if approved:
        body["approved"] = True
        hold(call, row, amount)
    elif not body["approved"]:
        body.update(status="closed", amount=0 if body["amount"] == amount else body["amount"])
    call.tx.save(row)


def hold(call: Call, row: Row, amount: int) -> None:
    """Hold this much from now on; nothing lets the rest go. The caller saves the authorization."""
    row.body["amount"] = amount
    row.hidden["spent"] = max(row.hidden["spent"], amount)
    known = call.tx.get(row.hidden["movement"], MOVEMENT) if row.hidden["movement"] else None
    does = impact(cash=-amount, outbound_pending=amount)
    if known is None and amount:
        card = call.tx.get(row.body["card"], CARD)
        assert card is not None, "an authorization names its card"
        place, flow = card.body["financial_account"], ("issuing_authorization", row.id)
        known = open_transaction(call, row.account, place, flow, -amount, does, "Card authorization")
        row.hidden["movement"] = known.id
        row.body["treasury"]["transaction"] = known.id
    elif known is not None and amount:
        known.body["amount"] = -amount
        change_impact(call, known, does)
    elif known is not None and known.body["status"] == "open":
        void(call, known, "release")


def show_authorization(call: Call, row: Row) -> Body:
    """Give an authorization with its card and its transactions as they are now."""
    card = call.tx.get(row.body["card"], CARD)
    moves = call.tx.find(TRANSACTION, "body ->> '$.authorization' = ?", (row.id,))
    shown = {**row.body, "transactions": [show_plain(call, each) for each in moves]}
    return shown | ({"card": show_card(call, card)} if card else {})


def _waiting(call: Call, authorization_id: str) -> Row:
    row = find(call, AUTHORIZATION, authorization_id, noun=_NOUN)
    if row.body["pending_request"] is None:
        raise invalid("This authorization does not wait for a decision.")
    return row


def approve(call: Call, params: Body, authorization_id: str) -> Body:
    """Agree to what waits, or to another amount where the merchant can take that."""
    row = _waiting(call, authorization_id)
    request = row.body["pending_request"]
    amount = params.get("amount", request["amount"])
    if amount != request["amount"] and not request["is_amount_controllable"]:
        raise invalid("The amount of this authorization cannot be controlled.", param="amount")
    return _answered(call, row, params, amount, "webhook_approved", approved=True)


def decline(call: Call, params: Body, authorization_id: str) -> Body:
    """Refuse what waits."""
    row = _waiting(call, authorization_id)
    return _answered(call, row, params, row.body["pending_request"]["amount"], "webhook_declined", approved=False)


def _answered(call: Call, row: Row, params: Body, amount: int, reason: str, *, approved: bool) -> Body:
    change(row, params, [])
    _decide(call, row, amount, reason, approved=approved)
    emit(call, "issuing_authorization.created", show_authorization(call, row))
    return show_authorization(call, row)


def time_out_due(call: Call) -> int:
    """Decline what nobody has decided in time; gives their number."""
    due = call.tx.find(AUTHORIZATION, "hidden ->> '$.due' <= ?", (call.now,))
    for row in due:
        with call.on(row.account):
            _answered(call, row, {}, row.body["pending_request"]["amount"], "webhook_timeout", approved=False)
    return len(due)


def ask_again(call: Call, row: Row, amount: int) -> None:
    """Decide on a higher amount of an authorization."""
    card = call.tx.get(row.body["card"], CARD)
    assert card is not None, "an authorization names its card"
    more = amount - row.body["amount"]
    against = reason_against(call, card, more, row.body["merchant_data"], row.body["card_presence"])
    _decide(call, row, row.body["amount"] if against else amount, against or "card_active", approved=not against)


def update_authorization(call: Call, params: Body, authorization_id: str) -> Body:
    """Change the metadata."""
    row = find(call, AUTHORIZATION, authorization_id, noun=_NOUN)
    before = change(row, params, [])
    call.tx.save(row)
    emit(call, "issuing_authorization.updated", show_authorization(call, row), previous=before)
    return show_authorization(call, row)


def list_authorizations(call: Call, params: Body) -> Body:
    """Give a page of authorizations, also of a card or its holder."""
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("card", "cardholder", "status")}
    return list_objects(call, AUTHORIZATION, params, _ALL, show_authorization, filters=filters)


_ALL: Final = "/v1/issuing/authorizations"
_ONE: Final = f"{_ALL}/{{authorization}}"
_CREATES = {
    **dict.fromkeys(
        ("amount", "amount_details", "authorization_method", "card", "currency", "is_amount_controllable",
         "merchant_amount", "merchant_currency", "merchant_data", "verification_data", "wallet"), ANY,
    ),
    "risk_assessment": {"fraud_risk": {"level": ANY, "score": ANY}},
}  # fmt: skip
OPERATIONS = {
    f"GET {_ALL}": Operation(list_authorizations, {**DATED, "card": ANY, "cardholder": ANY, "status": ANY}),
    f"GET {_ONE}": Operation(retrieve_of(AUTHORIZATION, noun=_NOUN, show=show_authorization)),
    f"POST {_ONE}": Operation(update_authorization, {"metadata": ANY}),
    f"POST {_ONE}/approve": Operation(approve, {"amount": ANY, "metadata": ANY}),
    f"POST {_ONE}/decline": Operation(decline, {"metadata": ANY}),
    "POST /v1/test_helpers/issuing/authorizations": Operation(create_authorization, _CREATES),
}
