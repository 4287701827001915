"""Payment methods that belong to a customer. Cards come as Stripe's own test ids and tokens, never as numbers.

Source: docs.stripe.com/testing, "PaymentMethods" and "Tokens".
"""

from collections.abc import Mapping
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import ApiFailure, invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, change, find, show_plain
from stripe_sandbox.payments.bodies import NO_ADDRESS, bank_method_body, billing_details, method_body
from stripe_sandbox.payments.cards import OUTCOMES, Card, read_card
from stripe_sandbox.store import Row

KIND: Final = "payment_method"
BANK: Final = "pm_usBankAccount_success"
# The name behind `pm_card_` and `tok_`, and the number it stands for.
_TEST_CARDS: Final[Mapping[str, str]] = {
    "visa": "4242424242424242",
    "visa_debit": "4000056655665556",
    "mastercard": "5555555555554444",
    "amex": "378282246310005",
    "bypassPending": "4000000000000077",
    "createDispute": "4000000000000259",
    "createDisputeInquiry": "4000000000001976",
    "createIssuerFraudRecord": "4000000000005423",
    "chargeCustomerFail": "4000000000000341",
    "authenticationRequiredOnSetup": "4000002500003155",
    "authenticationRequired": "4000002760003184",
    "authenticationRequiredSetupForOffSession": "4000003800000446",
    "authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
    "threeDSecureRequired": "4000002500003155",
    "chargeDeclined": "4000000000000002",
    "visa_chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedIncorrectCvc": "4000000000000127",
    "chargeDeclinedProcessingError": "4000000000000119",
}
_ADDRESS = dict.fromkeys(NO_ADDRESS, ANY)
_BILLING = {"email": ANY, "name": ANY, "phone": ANY, "address": _ADDRESS}


def card_of(call: Call, name: str) -> Card | None:
    """Give the card a test id or token stands for, if it is one."""
    for prefix in ("pm_card_", "tok_"):
        number = _TEST_CARDS.get(name.removeprefix(prefix)) if name.startswith(prefix) else None
        if number is not None:
            return read_card(number, "12/34", "1234" if number.startswith("37") else "123", now=call.now)
    return None


def create_method(call: Call, params: Body) -> Body:
    """Create a card's payment method from a test token."""
    card = params.get("card")
    if params.get("type", "card") != "card" or card is None:
        raise invalid("Missing required param: card.", param="card", code="parameter_missing")
    if "number" in card or "token" not in card:
        message = (
            "Sending credit card numbers directly to the Stripe API is generally unsafe. The sandbox takes test "
            "tokens only, such as card[token]=tok_visa."
        )
        raise invalid(message, param="card[number]")
    known = card_of(call, card["token"])
    if known is None or not card["token"].startswith("tok_"):
        raise missing("token", card["token"], param="card[token]", status=400)
    row = _add(call, known)
    _merge(row, params)
    call.tx.save(row)
    return show_plain(call, row)


def _add(call: Call, card: Card) -> Row:
    body = method_body(call, card.kept(), billing_details(None, None))
    return call.add(KIND, body, hidden={"card": card.kept()})


def find_method(call: Call, method_id: str, *, param: str = "payment_method", status: int = 400) -> Row:
    """Give a payment method; a test id such as `pm_card_visa` makes a new one, as with Stripe."""
    if method_id == BANK:
        return call.add(KIND, bank_method_body(call, None, None))
    card = card_of(call, method_id) if method_id.startswith("pm_card_") else None
    if card is not None:
        return _add(call, card)
    row = call.tx.get(method_id, KIND, call.account)
    if row is None:
        raise missing("PaymentMethod", method_id, param=param, status=status)
    return row


def find_attached(
    call: Call, method_id: str, customer_id: str, *, param: str = "payment_method", status: int = 400
) -> Row:
    """Give a payment method that belongs to this customer; raises what Stripe says for any other."""
    row = call.tx.get(method_id, KIND, call.account)
    if row is None or (status == 404 and row.body["customer"] != customer_id):
        raise missing("PaymentMethod", method_id, param=param, status=status)
    if row.body["customer"] != customer_id:
        message = "The customer does not have a payment method with the ID {}. The payment method must be attached."
        raise invalid(message.format(method_id), param=param, code="resource_missing")
    return row


def attach(call: Call, method_id: str, customer: Row, *, param: str = "payment_method") -> Row:
    """Give a payment method to a customer, after its bank has looked at it; raises 402 for a card it declines."""
    row = find_method(call, method_id, param=param)
    if row.body["customer"] not in (None, customer.id):
        message = "The payment method you provided has already been attached to a customer."
        raise invalid(message, param=param, code="payment_method_already_attached")
    if row.hidden.get("used"):
        message = (
            "This PaymentMethod was previously used without being attached to a Customer or was detached from a "
            "Customer, and may not be used again."
        )
        raise invalid(message, param=param)
    refuse_declined(row)
    _give(call, row, customer)
    return row


def _give(call: Call, row: Row, customer: Row) -> None:
    row.body["customer"] = customer.id
    if "card" in row.hidden and OUTCOMES[row.hidden["card"]["outcome"]].fails_later:
        # Attached through the API, this card has had its one success already.
        row.hidden["card"] = {**row.hidden["card"], "outcome": "declined"}
    call.tx.save(row)
    emit(call, "payment_method.attached", row.body, account=call.account)


def keep_for(call: Call, row: Row, customer: Row | None, *, challenged: bool) -> None:
    """Keep a method that has just worked: for its customer, or for nobody again. `challenged` sets it up for later."""
    if row.body["customer"] is None and customer is not None:
        _give(call, row, customer)
    if row.body["customer"] is None:
        row.hidden["used"] = True
    elif challenged:
        row.hidden["set_up"] = True
    call.tx.save(row)


def refuse_declined(method: Row) -> None:
    """Raise the 402 of a card whose bank says no."""
    outcome = OUTCOMES[method.hidden["card"]["outcome"]] if "card" in method.hidden else None
    if outcome is not None and outcome.code and not outcome.challenge:
        more = {"decline_code": outcome.decline_code} if outcome.decline_code else {}
        raise ApiFailure(402, outcome.message, kind="card_error", code=outcome.code, more=more)


def attach_method(call: Call, params: Body, method_id: str) -> Body:
    """Attach a payment method to a customer."""
    if "customer" not in params:
        raise invalid("Missing required param: customer.", param="customer", code="parameter_missing")
    customer = find(call, "customer", params["customer"], param="customer", status=400)
    return show_plain(call, attach(call, method_id, customer))


def detach_method(call: Call, params: Body, method_id: str) -> Body:
    """Take a payment method from its customer, for good."""
    del params
    row = find(call, KIND, method_id, noun="PaymentMethod", param="payment_method")
    customer = call.tx.get(row.body["customer"], "customer") if row.body["customer"] else None
    if customer is None:
        message = "The payment method you provided is not attached to a customer so detachment is impossible."
        raise invalid(message, param="payment_method")
    settings = customer.body["invoice_settings"]
    if settings["default_payment_method"] == row.id:
        settings["default_payment_method"] = None
        call.tx.save(customer)
    row.body["customer"] = None
    row.hidden["used"] = True
    call.tx.save(row)
    previous = {"customer": customer.id}
    emit(call, "payment_method.detached", row.body, account=call.account, previous=previous)
    return show_plain(call, row)


def update_method(call: Call, params: Body, method_id: str) -> Body:
    """Change metadata, billing details or expiry of a payment method."""
    row = find(call, KIND, method_id, noun="PaymentMethod", param="payment_method")
    _merge(row, params)
    call.tx.save(row)
    emit(call, "payment_method.updated", row.body, account=call.account)
    return show_plain(call, row)


def _merge(row: Row, params: Body) -> None:
    change(row, params, ["allow_redisplay"])
    given = params.get("billing_details") or {}
    details = row.body["billing_details"]
    details.update({name: value or None for name, value in given.items() if name != "address"})
    if "address" in given:
        details["address"] = {**NO_ADDRESS, **(given["address"] or {})}
    for name in ("exp_month", "exp_year"):
        if name in params.get("card", {}) and "card" in row.body:
            row.body["card"][name] = params["card"][name]


def list_methods(call: Call, params: Body) -> Body:
    """Give a page of payment methods, also by customer and type."""
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("customer", "type", "allow_redisplay")}
    if "customer" in params:
        find(call, "customer", params["customer"], param="customer", status=400)
    return list_objects(call, KIND, params, "/v1/payment_methods", show_plain, filters=filters)


_CARD = {"token": ANY, "number": ANY, "exp_month": ANY, "exp_year": ANY, "cvc": ANY}
_TAKES = {"billing_details": _BILLING, "metadata": ANY, "allow_redisplay": ANY}
_EXPIRY = {"exp_month": ANY, "exp_year": ANY}
OPERATIONS = {
    "POST /v1/payment_methods": Operation(create_method, {**_TAKES, "type": ("card",), "card": _CARD}),
    "GET /v1/payment_methods": Operation(list_methods, {**PAGED, "customer": ANY, "type": ANY, "allow_redisplay": ANY}),
    "POST /v1/payment_methods/{payment_method}": Operation(update_method, {**_TAKES, "card": _EXPIRY}),
    "POST /v1/payment_methods/{payment_method}/attach": Operation(attach_method, {"customer": ANY}),
    "POST /v1/payment_methods/{payment_method}/detach": Operation(detach_method),
}
