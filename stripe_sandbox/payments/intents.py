"""Payment intents made through the API: created, changed, confirmed. Those of the hosted pages are made there.

Source: docs.stripe.com/payments/paymentintents/lifecycle.
"""

from typing import Any, Final

from stripe_sandbox.call import APPLICATION_ID, Body, Call
from stripe_sandbox.checkout.split import check_direct, check_split
from stripe_sandbox.currency import check_charge, check_currency
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find
from stripe_sandbox.ids import new_id
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.bodies import intent_body, transfer_data
from stripe_sandbox.payments.cards import OUTCOMES
from stripe_sandbox.payments.challenge import (
    BANK_OPTIONS,
    answer_of,
    ask_for_deposits,
    automatic_methods,
    check_return,
    refused,
    send_to_bank,
    unexpected,
)
from stripe_sandbox.payments.charging import charge_card, error_of, fail, follow_up
from stripe_sandbox.payments.confirmations import use_confirmation
from stripe_sandbox.payments.debit import debit_intent
from stripe_sandbox.payments.methods import find_method, keep_for
from stripe_sandbox.payments.reads import show
from stripe_sandbox.store import PLATFORM, Row
from stripe_sandbox.tax.transactions import associate

KIND: Final = "payment_intent"
CHANGEABLE: Final = ("requires_payment_method", "requires_confirmation", "requires_action")
_TEXTS: Final = ("description", "receipt_email", "statement_descriptor_suffix", "transfer_group", "setup_future_usage")


def create_intent(call: Call, params: Body) -> Body:
    """Create a payment, for the platform or for a destination account, and confirm it at once if `confirm` says so."""
    direct = call.account != PLATFORM
    if direct:
        check_direct(call, params)
    currency = check_currency(params["currency"])
    check_charge(params["amount"], currency)
    check_split(call, params, params["amount"], direct=direct)
    if params.get("off_session") and not params.get("confirm"):
        raise invalid("`off_session` can only be set when `confirm` is true.", param="off_session")
    _check_customer(call, params)
    data = {**params, "metadata": merge_metadata({}, params.get("metadata"))}
    body = intent_body(call, new_id(KIND), params["amount"], currency, data)
    types = params.get("allowed_payment_method_types")
    body.update(
        allowed_payment_method_types=types or None,
        application=APPLICATION_ID if direct or params.get("transfer_data") else None,
        automatic_payment_methods=automatic_methods(params),
        capture_method=params.get("capture_method", "automatic_async"),
        confirmation_method=params.get("confirmation_method", "automatic"),
        customer=params.get("customer"),
        payment_method_types=types or ["card"],
        setup_future_usage=params.get("setup_future_usage"),
        shipping=params.get("shipping"),
    )
    body["payment_method_options"].update(params.get("payment_method_options", {}))
    row = call.add(KIND, body)
    _associate(call, row, params)
    if "payment_method" in params:
        method = _method_for(call, row, params["payment_method"])
        row.body.update(payment_method=method.id, status="requires_confirmation")
        call.tx.save(row)
    emit(call, "payment_intent.created", row.body, account=call.account)
    if params.get("confirm"):
        confirm(call, row, params)
    return show(call, row)


def _associate(call: Call, row: Row, params: Body) -> None:
    tax = params.get("hooks", {}).get("inputs", {}).get("tax")
    if tax and tax["calculation"]:
        associate(call, row.id, tax["calculation"])


def _check_customer(call: Call, params: Body) -> None:
    if params.get("customer"):
        find(call, "customer", params["customer"], param="customer", status=400)


def _method_for(call: Call, intent: Row, method_id: str) -> Row:
    """Give the method of payment, if this intent may use it."""
    method = find_method(call, method_id)
    if method.body["customer"] and method.body["customer"] != intent.body["customer"]:
        message = (
            f"The provided PaymentMethod ({method.id}) belongs to a Customer. Please include the Customer in the "
            "`customer` parameter."
        )
        raise invalid(message, param="payment_method")
    if not method.body["customer"] and method.hidden.get("used"):
        message = (
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared "
            "with a connected account without Customer attachment, or was detached from a Customer. It may not be used "
            "again. To use a PaymentMethod multiple times, you must attach it to a Customer first."
        )
        raise invalid(message, param="payment_method")
    if method.body["type"] not in intent.body["payment_method_types"] and not intent.body["automatic_payment_methods"]:
        allowed = ", ".join(intent.body["payment_method_types"])
        message = f"The PaymentMethod provided ({method.body['type']}) is not allowed for this intent ({allowed})."
        raise invalid(message, param="payment_method", code="payment_intent_incompatible_payment_method")
    return method


def update_intent(call: Call, params: Body, intent_id: str) -> Body:
    """Change a payment: all of it until it is confirmed, later only its texts and metadata."""
    row = find(call, KIND, intent_id, param="intent")
    heavy = [name for name in ("amount", "currency", "customer", "payment_method") if name in params]
    heavy += [name for name in ("transfer_data", "application_fee_amount") if name in params]
    if heavy and row.body["status"] not in CHANGEABLE:
        raise unexpected(row, "updated", CHANGEABLE)
    if heavy:
        _change_heavy(call, row, params)
    _associate(call, row, params)
    row.body["metadata"] = merge_metadata(row.body["metadata"], params.get("metadata"))
    for name in _TEXTS:
        if name in params:
            row.body[name] = params[name] or None
    call.tx.save(row)
    return show(call, row)


def _change_heavy(call: Call, row: Row, params: Body) -> None:
    _check_customer(call, params)
    body = row.body
    body["currency"] = check_currency(params.get("currency", body["currency"]))
    body["amount"] = params.get("amount", body["amount"])
    check_charge(body["amount"], body["currency"])
    body["customer"] = params.get("customer", body["customer"])
    fee: Any = params.get("application_fee_amount", body["application_fee_amount"])
    split = {"application_fee_amount": None if fee == "" else fee}
    split["transfer_data"] = {**(body["transfer_data"] or {}), **params.get("transfer_data", {})} or None
    check_split(call, split, body["amount"], direct=call.account != PLATFORM)
    body.update(
        application_fee_amount=split["application_fee_amount"], transfer_data=transfer_data(split["transfer_data"])
    )
    if params.get("payment_method"):
        body["payment_method"] = _method_for(call, row, params["payment_method"]).id
        body["status"] = "requires_confirmation"


def confirm_intent(call: Call, params: Body, intent_id: str) -> Body:
    """Confirm a payment; raises 402 for a card that is declined, which the intent outlives."""
    row = find(call, KIND, intent_id, param="intent")
    confirm(call, row, params)
    return show(call, row)


def confirm(call: Call, intent: Row, params: Body) -> None:
    """Take the payment now, or send its customer to the bank."""
    if intent.body["status"] not in CHANGEABLE:
        raise unexpected(intent, "confirmed", CHANGEABLE)
    params = use_confirmation(call, params, intent)
    method_id = params.get("payment_method") or intent.body["payment_method"]
    if not method_id:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken."
        )
        raise invalid(message, code="payment_intent_unexpected_state")
    for name in ("setup_future_usage", "receipt_email", "shipping"):
        if params.get(name):
            intent.body[name] = params[name]
    method, return_url = _method_for(call, intent, method_id), check_return(intent, params)
    away = bool(params.get("off_session"))
    if "card" not in method.hidden:
        if ask_for_deposits(call, intent, method, {}):
            emit(call, "payment_intent.requires_action", intent.body, account=call.account)
        else:
            debit_intent(call, intent, method)
        return
    outcome = answer_of(method, off_session=away)
    if not outcome.challenge:
        pay(call, intent, method, challenged=False, off_session=away)
    elif params.get("error_on_requires_action"):
        fail(call, intent, outcome, None, method)
        message = "This payment required an authentication action to complete, but `error_on_requires_action` was set."
        raise invalid(message, code="payment_intent_payment_attempt_failed")
    else:
        send_to_bank(call, intent, method, return_url)
        emit(call, "payment_intent.requires_action", intent.body, account=call.account)


def pay(call: Call, intent: Row, method: Row, *, challenged: bool, off_session: bool = False) -> None:
    """Ask the card's bank; raises the 402 of a refusal."""
    outcome = (
        answer_of(method, off_session=off_session) if not challenged else OUTCOMES[method.hidden["card"]["outcome"]]
    )
    done = charge_card(call, intent, method.hidden["card"], method, outcome, challenged=challenged)
    if done.refused:
        raise refused(intent, outcome, error_of(outcome, done.charge, method))
    customer = call.tx.get(intent.body["customer"], "customer") if intent.body["customer"] else None
    keep_for(call, method, customer if intent.body["setup_future_usage"] else None, challenged=challenged)
    follow_up(call, done.charge, outcome)


_TRANSFER = {"destination": ANY, "amount": ANY}
_SHIPPING = {
    "name": ANY, "phone": ANY, "carrier": ANY, "tracking_number": ANY,
    "address": dict.fromkeys(("line1", "line2", "city", "state", "postal_code", "country"), ANY),
}  # fmt: skip
_CHANGES = {
    "amount": ANY, "currency": ANY, "customer": ANY, "payment_method": ANY, "application_fee_amount": ANY,
    "transfer_data": _TRANSFER, "transfer_group": ANY, "description": ANY, "metadata": ANY, "receipt_email": ANY,
    "statement_descriptor_suffix": ANY, "setup_future_usage": ANY,
    "hooks": {"inputs": {"tax": {"calculation": ANY}}},
}  # fmt: skip
_CONFIRMS = {
    "confirmation_token": ANY, "payment_method": ANY,
    "return_url": ANY, "off_session": (True, False), "error_on_requires_action": ANY,
    "setup_future_usage": ANY, "receipt_email": ANY, "shipping": _SHIPPING,
}  # fmt: skip
_CREATES = {
    **_CHANGES, **_CONFIRMS, "confirm": ANY, "capture_method": ANY, "confirmation_method": ("automatic",),
    "automatic_payment_methods": {"enabled": ANY, "allow_redirects": ANY}, "payment_method_options": BANK_OPTIONS,
    "allowed_payment_method_types": (
        ["card"], ["us_bank_account"], ["card", "us_bank_account"], ["card_present"],
    ),
}  # fmt: skip
OPERATIONS = {
    "POST /v1/payment_intents": Operation(create_intent, _CREATES),
    "POST /v1/payment_intents/{intent}": Operation(update_intent, _CHANGES),
    "POST /v1/payment_intents/{intent}/confirm": Operation(confirm_intent, _CONFIRMS),
}
