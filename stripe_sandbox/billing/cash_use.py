"""A customer's cash balance used: where to send money to, and payments it pays.

Source: docs.stripe.com/payments/customer-balance.
"""

import hashlib
from typing import Final

from stripe_sandbox.billing.cash import KIND, cash_of
from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find
from stripe_sandbox.ids import new_id
from stripe_sandbox.payments.bodies import NO_ADDRESS, billing_details, resting_charge
from stripe_sandbox.payments.challenge import unexpected
from stripe_sandbox.payments.reads import show
from stripe_sandbox.payments.settle import settle
from stripe_sandbox.schema.blank import nothing_of

_OPEN: Final = ("requires_payment_method", "requires_confirmation", "requires_action")
_COUNTRIES: Final = ("BE", "DE", "ES", "FR", "IE", "NL")


def create_instructions(call: Call, params: Body, customer_id: str) -> Body:
    """Give the account a customer sends money to: always the same for the same customer and country."""
    customer, currency = find(call, "customer", customer_id, param="customer"), check_currency(params["currency"])
    given = params["bank_transfer"]
    if given["type"] != "eu_bank_transfer":
        raise invalid(f"The sandbox has no accounts for {given['type']}.", param="bank_transfer[type]")
    country = (given.get("eu_bank_transfer") or {}).get("country", "")
    if country not in _COUNTRIES:
        raise invalid(f"The country must be one of {', '.join(_COUNTRIES)}.",
                      param="bank_transfer[eu_bank_transfer][country]")  # fmt: skip
    if currency != "eur":
        raise invalid("This kind of bank transfer is in eur.", param="currency")
    digits = str(int(hashlib.sha256(f"{customer.id}{country}".encode()).hexdigest(), 16))[:18]
    address = {
        "account_holder_address": {**NO_ADDRESS, "country": country},
        "account_holder_name": call.platform,
        "bank_address": {**NO_ADDRESS, "country": country},
        "bic": "SXPYDEHHXXX",
        "country": country,
        "iban": f"{country}00{digits}",
    }
    reached = {"iban": address, "supported_networks": ["sepa"], "type": "iban"}
    return {
        "object": "funding_instructions",
        "bank_transfer": {"country": country, "financial_addresses": [reached], "type": given["type"]},
        "currency": currency,
        "funding_type": "bank_transfer",
        "livemode": False,
    }


def apply_balance(call: Call, params: Body, intent_id: str) -> Body:
    """Pay a payment intent out of its customer's cash balance; raises 400 when there is not enough."""
    intent = find(call, "payment_intent", intent_id, param="intent")
    if intent.body["status"] not in _OPEN:
        raise unexpected(intent, "paid from the customer balance", _OPEN)
    if not intent.body["customer"]:
        raise invalid("This PaymentIntent has no customer.", param="intent")
    amount, currency = params.get("amount", intent.body["amount"]), params.get("currency", intent.body["currency"])
    if (amount, currency) != (intent.body["amount"], intent.body["currency"]):
        raise invalid("The sandbox pays the whole amount of a PaymentIntent from a cash balance.", param="amount")
    has = cash_of(call, intent.body["customer"]).get(currency, 0)
    if has < amount:
        raise invalid("The customer's cash balance is not sufficient.", param="amount", code="balance_insufficient")
    method = call.add(
        "payment_method",
        {**nothing_of("payment_method"), "billing_details": billing_details(None, None), "created": call.now,
         "customer": intent.body["customer"], "customer_balance": {}, "livemode": False, "metadata": {},
         "type": "customer_balance"},
    )  # fmt: skip
    method.body = {name: value for name, value in method.body.items() if value is not None or name == "customer"}
    call.tx.save(method)
    body: Body = {
        **nothing_of(KIND), "applied_to_payment": {"payment_intent": intent.id}, "created": call.now,
        "currency": currency, "customer": intent.body["customer"], "ending_balance": has - amount, "livemode": False,
        "net_amount": -amount, "type": "applied_to_payment",
    }  # fmt: skip
    emit(call, f"{KIND}.created", call.add(KIND, body).body)
    details = {"customer_balance": {}, "type": "customer_balance"}
    charge = resting_charge(call, new_id("charge"), intent.body, method.body, details)
    intent.body.update(payment_method=method.id, payment_method_types=["customer_balance"])
    settle(call, intent, charge, at_once=True)
    return show(call, intent)


OPERATIONS = {
    "POST /v1/customers/{customer}/funding_instructions": Operation(
        create_instructions,
        {
            "currency": ANY, "funding_type": ANY,
            "bank_transfer": {"type": ANY, "eu_bank_transfer": {"country": ANY},
                              "requested_address_types": (["iban"],)},
        },
    ),
    "POST /v1/payment_intents/{intent}/apply_customer_balance": Operation(
        apply_balance, {"amount": ANY, "currency": ANY}
    ),
}  # fmt: skip
