"""What becomes of an authorization, as tests say: captured, raised, let go; and what merchants take or give unasked."""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, change, find, list_of, retrieve_of, show_plain
from stripe_sandbox.issuing.authorizations import ask_again, hold, show_authorization
from stripe_sandbox.issuing.merchants import merchant_of
from stripe_sandbox.issuing.rows import AUTHORIZATION, CARD, TRANSACTION
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row
from stripe_sandbox.treasury.credits import receive_card_credit
from stripe_sandbox.treasury.debits import note_card_debit
from stripe_sandbox.treasury.money import impact, open_transaction


def _pending(call: Call, authorization_id: str) -> Row:
    row = find(call, AUTHORIZATION, authorization_id, noun="issuing authorization")
    if row.body["status"] != "pending" or not row.body["approved"]:
        raise invalid(f"This authorization is {row.body['status']} and holds nothing.")
    return row


def _updated(call: Call, row: Row) -> Body:
    call.tx.save(row)
    shown = show_authorization(call, row)
    emit(call, "issuing_authorization.updated", shown)
    return shown


def capture(call: Call, params: Body, authorization_id: str) -> Body:
    """Let the merchant take what is held, or another amount, and let the rest go unless they keep it open."""
    row = _pending(call, authorization_id)
    held, amount = row.body["amount"], params.get("capture_amount", row.body["amount"])
    if amount < 1:
        raise invalid("Capture a positive amount.", param="capture_amount")
    closes = params.get("close_authorization", True)
    hold(call, row, 0 if closes else max(held - amount, 0))
    card = find(call, CARD, row.body["card"])
    move = _take(call, card, amount, row.body["merchant_data"], row)
    row.body["treasury"]["received_debits"].append(move.body["treasury"]["received_debit"])
    if closes:
        row.body["status"] = "closed"
    return _updated(call, row)


def _take(call: Call, card: Row, amount: int, merchant: Body, authorization: Row | None) -> Row:
    """Take cash for a purchase, and write down who has it."""
    auth_id = authorization.id if authorization else None
    move = call.add(TRANSACTION, _body(call, card, -amount, merchant, auth_id, "capture"))
    place, flow = card.body["financial_account"], ("issuing_authorization", auth_id or move.id)
    moved = open_transaction(
        call, card.account, place, flow, -amount, impact(cash=-amount), "Card purchase", posted=True
    )  # fmt: skip
    flows = {"issuing_authorization": auth_id, "issuing_transaction": move.id}
    debit = note_card_debit(call, place, amount, card.id, flows, moved.id)
    move.body["treasury"] = {"received_credit": None, "received_debit": debit.id}
    call.tx.save(move)
    emit(call, "issuing_transaction.created", move.body)
    return move


def _body(call: Call, card: Row, amount: int, merchant: Body, authorization: str | None, kind: str) -> Body:
    return {
        **nothing_of(TRANSACTION),
        "amount": amount,
        "authorization": authorization,
        "card": card.id,
        "cardholder": card.body["cardholder"]["id"],
        "created": call.now,
        "currency": "usd",
        "livemode": False,
        "merchant_amount": amount,
        "merchant_currency": "usd",
        "merchant_data": merchant,
        "metadata": {},
        "type": kind,
    }


def _give(call: Call, card: Row, amount: int, merchant: Body, authorization: str | None) -> Row:
    move = call.add(TRANSACTION, _body(call, card, amount, merchant, authorization, "refund"))
    credit = receive_card_credit(call, card.body["financial_account"], amount, card.id, move.id)
    move.body["treasury"] = {"received_credit": credit, "received_debit": None}
    call.tx.save(move)
    emit(call, "issuing_transaction.created", move.body)
    return move


def expire(call: Call, params: Body, authorization_id: str) -> Body:
    """Let an authorization end that nobody has captured."""
    del params
    row = _pending(call, authorization_id)
    amount = row.body["amount"]
    hold(call, row, 0)
    row.body.update(amount=amount, status="expired")
    return _updated(call, row)


def increment(call: Call, params: Body, authorization_id: str) -> Body:
    """Let the merchant ask for more."""
    row = _pending(call, authorization_id)
    if params["increment_amount"] < 1:
        raise invalid("Increment by a positive amount.", param="increment_amount")
    ask_again(call, row, row.body["amount"] + params["increment_amount"])
    return _updated(call, row)


def reverse(call: Call, params: Body, authorization_id: str) -> Body:
    """Let the merchant let go of what is held, or of a part."""
    row = _pending(call, authorization_id)
    amount = params.get("reverse_amount", row.body["amount"])
    if not 1 <= amount <= row.body["amount"]:
        raise invalid("You can reverse at most what is held.", param="reverse_amount")
    hold(call, row, row.body["amount"] - amount)
    row.hidden["spent"] = row.body["amount"]
    if not row.body["amount"]:
        row.body["status"] = "reversed"
    return _updated(call, row)


def finalize(call: Call, params: Body, authorization_id: str) -> Body:
    """Let the merchant say how much it has become, as at a fuel pump."""
    row = _pending(call, authorization_id)
    if params["final_amount"] < 1:
        raise invalid("The final amount must be positive.", param="final_amount")
    if params["final_amount"] > row.body["amount"]:
        ask_again(call, row, params["final_amount"])
    else:
        hold(call, row, params["final_amount"])
        row.hidden["spent"] = params["final_amount"]
    return _updated(call, row)


def respond(call: Call, params: Body, authorization_id: str) -> Body:
    """Let the holder say whether it was them who used the card."""
    row = find(call, AUTHORIZATION, authorization_id, noun="issuing authorization")
    waiting = [each for each in row.body["fraud_challenges"] or [] if each["status"] == "pending"]
    if not waiting:
        raise invalid("This authorization has no fraud challenge that waits for an answer.")
    waiting[0]["status"] = "verified" if params["confirmed"] else "rejected"
    row.body["verified_by_fraud_challenge"] = params["confirmed"]
    return _updated(call, row)


def force_capture(call: Call, params: Body) -> Body:
    """Let a merchant take money without having asked; the cash may fall below nothing."""
    card = _card(call, params)
    return show_plain(call, _take(call, card, params["amount"], merchant_of(params.get("merchant_data")), None))


def give_unasked(call: Call, params: Body) -> Body:
    """Let a merchant give money that was not taken before."""
    card = _card(call, params)
    return show_plain(call, _give(call, card, params["amount"], merchant_of(params.get("merchant_data")), None))


def _card(call: Call, params: Body) -> Row:
    if params["amount"] < 1 or params.get("currency", "usd") != "usd":
        raise invalid("Move a positive amount of usd.", param="amount")
    return find(call, CARD, params["card"], noun="issuing card", param="card", status=400)


def refund(call: Call, params: Body, transaction_id: str) -> Body:
    """Let a merchant give back what was captured, or a part of it."""
    row = find(call, TRANSACTION, transaction_id, noun="issuing transaction")
    if row.body["type"] != "capture":
        raise invalid("Only a captured transaction can be refunded.")
    left = -row.body["amount"] - row.hidden.get("refunded", 0)
    amount = params.get("refund_amount", left)
    if not 1 <= amount <= left:
        raise invalid(f"You can refund at most what is left of the transaction, {left}.", param="refund_amount")
    row.hidden["refunded"] = row.hidden.get("refunded", 0) + amount
    call.tx.save(row)
    card = find(call, CARD, row.body["card"])
    return show_plain(call, _give(call, card, amount, row.body["merchant_data"], row.body["authorization"]))


def update_transaction(call: Call, params: Body, transaction_id: str) -> Body:
    """Change the metadata."""
    row = find(call, TRANSACTION, transaction_id, noun="issuing transaction")
    before = change(row, params, [])
    call.tx.save(row)
    emit(call, "issuing_transaction.updated", row.body, previous=before)
    return show_plain(call, row)


_TEST: Final = "/v1/test_helpers/issuing"
_AUTH: Final = f"{_TEST}/authorizations/{{authorization}}"
_ALL: Final = "/v1/issuing/transactions"
_FREE = {"amount": ANY, "card": ANY, "currency": ANY, "merchant_data": ANY}
OPERATIONS = {
    f"POST {_AUTH}/capture": Operation(capture, {"capture_amount": ANY, "close_authorization": ANY}),
    f"POST {_AUTH}/expire": Operation(expire),
    f"POST {_AUTH}/finalize_amount": Operation(finalize, {"final_amount": ANY}),
    f"POST {_AUTH}/fraud_challenges/respond": Operation(respond, {"confirmed": ANY}),
    f"POST {_AUTH}/increment": Operation(increment, {"increment_amount": ANY, "is_amount_controllable": ANY}),
    f"POST {_AUTH}/reverse": Operation(reverse, {"reverse_amount": ANY}),
    f"POST {_TEST}/transactions/create_force_capture": Operation(force_capture, _FREE),
    f"POST {_TEST}/transactions/create_unlinked_refund": Operation(give_unasked, _FREE),
    f"POST {_TEST}/transactions/{{transaction}}/refund": Operation(refund, {"refund_amount": ANY}),
    f"GET {_ALL}": Operation(
        list_of(TRANSACTION, _ALL, ["card", "cardholder", "type"]),
        {**DATED, "card": ANY, "cardholder": ANY, "type": ANY},
    ),
    f"GET {_ALL}/{{transaction}}": Operation(retrieve_of(TRANSACTION, noun="issuing transaction")),
    f"POST {_ALL}/{{transaction}}": Operation(update_transaction, {"metadata": ANY}),
}
