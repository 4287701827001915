"""Setup intents: a card made ready for payments while its owner is away, with the bank's confirmation if it wants one.

Source: docs.stripe.com/payments/setupintents/lifecycle.
"""

from dataclasses import replace
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, change, find, list_of, retrieve_of, show_plain
from stripe_sandbox.ids import new_id, random_text
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.cards import OUTCOMES, Outcome
from stripe_sandbox.payments.challenge import (
    BANK_OPTIONS,
    ask_for_deposits,
    automatic_methods,
    check_return,
    refused,
    send_to_bank,
    unexpected,
)
from stripe_sandbox.payments.confirmations import use_confirmation
from stripe_sandbox.payments.methods import find_method, keep_for
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "setup_intent"
ATTEMPT: Final = "setup_attempt"
MANDATE: Final = "mandate"
_OPEN: Final = ("requires_payment_method", "requires_confirmation", "requires_action")
NOT_CONFIRMED: Final = Outcome(
    "setup_intent_authentication_failure",
    None,
    "The latest attempt to set up the payment method has failed because authentication failed.",
)


def create_setup(call: Call, params: Body) -> Body:
    """Create a setup, and confirm it at once if `confirm` says so."""
    if params.get("customer"):
        find(call, "customer", params["customer"], param="customer", status=400)
    setup_id, types = new_id(KIND), params.get("allowed_payment_method_types")
    row = call.add(
        KIND,
        {
            **nothing_of(KIND),
            "id": setup_id,
            "automatic_payment_methods": automatic_methods(params),
            "client_secret": f"{setup_id}_secret_{random_text(25)}",
            "created": call.now,
            "customer": params.get("customer"),
            "description": params.get("description"),
            "livemode": False,
            "metadata": merge_metadata({}, params.get("metadata")),
            "payment_method_options": {"card": {"mandate_options": None, "network": None,
                                                "request_three_d_secure": "automatic"},
                                       **params.get("payment_method_options", {})},
            "payment_method_types": types or ["card"],
            "status": "requires_payment_method",
            "usage": params.get("usage", "off_session"),
        },
    )  # fmt: skip
    _use(call, row, params)
    call.tx.save(row)
    emit(call, "setup_intent.created", row.body, account=call.account)
    if params.get("confirm"):
        confirm(call, row, params)
    return show_plain(call, row)


def _use(call: Call, row: Row, params: Body) -> None:
    if params.get("payment_method"):
        method = _method_for(call, row, params["payment_method"])
        row.body.update(payment_method=method.id, status="requires_confirmation")


def _method_for(call: Call, row: Row, method_id: str) -> Row:
    method = find_method(call, method_id)
    if method.body["customer"] and method.body["customer"] != row.body["customer"]:
        message = "The payment method supplied belongs to another customer, or this SetupIntent has none."
        raise invalid(message, param="payment_method")
    if not method.body["customer"] and method.hidden.get("used"):
        message = "The payment method you provided was used or detached before and may not be used again."
        raise invalid(message, param="payment_method")
    return method


def update_setup(call: Call, params: Body, setup_id: str) -> Body:
    """Change a setup that is not over."""
    row = find(call, KIND, setup_id, noun="setupintent", param="intent")
    if row.body["status"] not in _OPEN:
        raise unexpected(row, "updated", _OPEN)
    if params.get("customer"):
        find(call, "customer", params["customer"], param="customer", status=400)
    change(row, params, ["description", "customer"])
    _use(call, row, params)
    call.tx.save(row)
    return show_plain(call, row)


def confirm_setup(call: Call, params: Body, setup_id: str) -> Body:
    """Confirm a setup; raises 402 for a card that is declined, which the setup outlives."""
    row = find(call, KIND, setup_id, noun="setupintent", param="intent")
    confirm(call, row, params)
    return show_plain(call, row)


def confirm(call: Call, setup: Row, params: Body) -> None:
    """Let the bank look at the card now, or its owner confirm first."""
    if setup.body["status"] not in _OPEN:
        raise unexpected(setup, "confirmed", _OPEN)
    params = use_confirmation(call, params, setup)
    method_id = params.get("payment_method") or setup.body["payment_method"]
    if not method_id:
        message = "You cannot confirm this SetupIntent because it's missing a payment method."
        raise invalid(message, code="setup_intent_unexpected_state")
    method, return_url = _method_for(call, setup, method_id), check_return(setup, params)
    setup.body["payment_method"] = method.id
    if "card" not in method.hidden:
        if ask_for_deposits(call, setup, method, params):
            emit(call, "setup_intent.requires_action", setup.body, account=call.account)
        else:
            accept_debits(call, setup, method, params)
        return
    outcome = OUTCOMES[method.hidden["card"]["outcome"]]
    if outcome.challenge:
        send_to_bank(call, setup, method, return_url)
        emit(call, "setup_intent.requires_action", setup.body, account=call.account)
        return
    finish(call, setup, method, outcome, challenged=False)


def finish(call: Call, setup: Row, method: Row, outcome: Outcome, *, challenged: bool) -> None:
    """Note what the bank said; raises the 402 of a refusal."""
    if outcome.code and not outcome.challenge:
        fail(call, setup, method, outcome)
        raise refused(setup, outcome, setup.body["last_setup_error"])
    _note_attempt(call, setup, method, "succeeded", challenged=challenged)
    customer = call.tx.get(setup.body["customer"], "customer") if setup.body["customer"] else None
    keep_for(call, method, customer, challenged=True)
    setup.body.update(status="succeeded", next_action=None, last_setup_error=None, payment_method=method.id)
    call.tx.save(setup)
    emit(call, "setup_intent.succeeded", setup.body, account=call.account)


def answer_setup(call: Call, setup: Row, *, passed: bool) -> None:
    """Go on after the bank's page."""
    method = call.tx.get(setup.hidden["method"], "payment_method")
    assert method is not None, "a setup under challenge has a card"
    setup.hidden.pop("token")
    if passed:
        outcome = replace(OUTCOMES[method.hidden["card"]["outcome"]], code=None)
        finish(call, setup, method, outcome, challenged=True)
    else:
        fail(call, setup, method, NOT_CONFIRMED)


def fail(call: Call, setup: Row, method: Row, outcome: Outcome) -> None:
    """Note that an attempt failed: the setup waits for another card."""
    kind = "invalid_request_error" if outcome is NOT_CONFIRMED else "card_error"
    error: Body = {"code": outcome.code, "message": outcome.message, "payment_method": method.body, "type": kind}
    if outcome.decline_code:
        error["decline_code"] = outcome.decline_code
    _note_attempt(call, setup, method, "failed", error=error)
    setup.body.update(status="requires_payment_method", next_action=None, last_setup_error=error, payment_method=None)
    call.tx.save(setup)
    emit(call, "setup_intent.setup_failed", setup.body, account=call.account)


def _note_attempt(
    call: Call, setup: Row, method: Row, status: str, *, challenged: bool = False, error: Body | None = None
) -> None:
    details: Body = {"type": method.body["type"], method.body["type"]: {}}
    if card := method.body.get("card"):
        names = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
        secured = {"authentication_flow": "challenge", "electronic_commerce_indicator": "05", "result": "authenticated",
                   "result_reason": None, "transaction_id": random_text(24), "version": "2.2.0"}  # fmt: skip
        details["card"] = {
            **{name: card[name] for name in names}, "network": card["brand"],
            "three_d_secure": secured if challenged else None,
        }  # fmt: skip
    row = call.add(
        ATTEMPT,
        {
            **nothing_of(ATTEMPT),
            "created": call.now,
            "customer": setup.body["customer"],
            "livemode": False,
            "payment_method": method.id,
            "payment_method_details": details,
            "setup_error": error,
            "setup_intent": setup.id,
            "status": status,
            "usage": setup.body["usage"],
        },
    )
    setup.body["latest_attempt"] = row.id


def accept_debits(call: Call, setup: Row, method: Row, params: Body) -> None:
    """A bank account is ready when its owner has agreed to be debited: that agreement is the mandate."""
    agreed = (params.get("mandate_data") or {}).get("customer_acceptance")
    if not agreed:
        message = "This SetupIntent needs `mandate_data` to be confirmed with a bank account."
        raise invalid(message, param="mandate_data", code="parameter_missing")
    mandate = call.add(
        MANDATE,
        {
            "customer_acceptance": {
                "accepted_at": agreed.get("accepted_at", call.now),
                "type": agreed["type"],
                agreed["type"]: agreed.get(agreed["type"], {}),
            },
            "livemode": False,
            "multi_use": {},
            "payment_method": method.id,
            "payment_method_details": {"type": "us_bank_account", "us_bank_account": {"collection_method": None}},
            "status": "active",
            "type": "multi_use",
        },
    )
    _note_attempt(call, setup, method, "succeeded")
    customer = call.tx.get(setup.body["customer"], "customer") if setup.body["customer"] else None
    keep_for(call, method, customer, challenged=False)
    setup.body.update(status="succeeded", mandate=mandate.id, last_setup_error=None)
    call.tx.save(setup)
    emit(call, "setup_intent.succeeded", setup.body, account=call.account)


def cancel_setup(call: Call, params: Body, setup_id: str) -> Body:
    """Give a setup up that has not succeeded."""
    row = find(call, KIND, setup_id, noun="setupintent", param="intent")
    if row.body["status"] not in _OPEN:
        raise unexpected(row, "canceled", _OPEN)
    row.hidden.pop("token", None)
    row.body.update(status="canceled", next_action=None, cancellation_reason=params.get("cancellation_reason"))
    call.tx.save(row)
    emit(call, "setup_intent.canceled", row.body, account=call.account)
    return show_plain(call, row)


_ACCEPTED = {"customer_acceptance": {"type": ANY, "accepted_at": ANY, "online": ANY, "offline": ANY}}
_CONFIRMS = {"confirmation_token": ANY, "payment_method": ANY, "return_url": ANY, "mandate_data": _ACCEPTED}
_CHANGES = {"customer": ANY, "description": ANY, "metadata": ANY, "payment_method": ANY}
_CREATES = {
    **_CHANGES, **_CONFIRMS, "confirm": ANY, "usage": ANY, "payment_method_options": BANK_OPTIONS,
    "automatic_payment_methods": {"enabled": ANY, "allow_redirects": ANY},
    "allowed_payment_method_types": (["card"], ["us_bank_account"], ["card", "us_bank_account"]),
}  # fmt: skip
_URL = "/v1/setup_intents"
OPERATIONS = {
    f"POST {_URL}": Operation(create_setup, _CREATES),
    f"GET {_URL}": Operation(
        list_of(KIND, _URL, ["customer", "payment_method"]), {**DATED, "customer": ANY, "payment_method": ANY}
    ),
    f"GET {_URL}/{{intent}}": Operation(retrieve_of(KIND, noun="setupintent")),
    f"POST {_URL}/{{intent}}": Operation(update_setup, _CHANGES),
    f"POST {_URL}/{{intent}}/confirm": Operation(confirm_setup, _CONFIRMS),
    f"POST {_URL}/{{intent}}/cancel": Operation(cancel_setup, {"cancellation_reason": ANY}),
    "GET /v1/setup_attempts": Operation(
        list_of(ATTEMPT, "/v1/setup_attempts", ["setup_intent"]), {**DATED, "setup_intent": ANY}
    ),
    "GET /v1/mandates/{mandate}": Operation(retrieve_of(MANDATE)),
}
