"""The bodies of payment intents, charges and payment methods, at their resting values."""

import copy
from typing import Final

from stripe_sandbox.call import APPLICATION_ID, Body, Call
from stripe_sandbox.ids import random_text
from stripe_sandbox.payments.cards import OUTCOMES

_RESTING_CHARGE: Final[Body] = {
    **dict.fromkeys(
        (
            "application", "application_fee", "application_fee_amount", "balance_transaction",
            "calculated_statement_descriptor", "customer", "description", "failure_balance_transaction",
            "failure_code", "failure_message", "on_behalf_of", "outcome", "payment_intent", "payment_method",
            "receipt_email", "receipt_number", "receipt_url", "review", "shipping", "source", "source_transfer",
            "statement_descriptor", "statement_descriptor_suffix", "transfer_data", "transfer_group",
        )
    ),
    "amount_captured": 0,
    "amount_refunded": 0,
    "captured": False,
    "disputed": False,
    "fraud_details": {},
    "livemode": False,
    "metadata": {},
    "paid": False,
    "refunded": False,
    "status": "pending",
}  # fmt: skip
NO_ADDRESS: Final[Body] = {
    "city": None,
    "country": None,
    "line1": None,
    "line2": None,
    "postal_code": None,
    "state": None,
}

BANK: Final[Body] = {
    "account_holder_type": "individual",
    "account_type": "checking",
    "bank_name": "STRIPE TEST BANK",
    "fingerprint": "SandboxBankAcct1",
    "last4": "6789",
    "routing_number": "110000000",
}


def intent_body(call: Call, intent_id: str, amount: int, currency: str, data: Body) -> Body:
    """Give a new payment intent; `data` is the payment_intent_data of the link or session."""
    transfer = data.get("transfer_data")
    return {
        "id": intent_id,
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": APPLICATION_ID if transfer or call.is_direct else None,
        "application_fee_amount": data.get("application_fee_amount"),
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": data.get("capture_method") or "automatic_async",
        "client_secret": f"{intent_id}_secret_{random_text(25)}",
        "confirmation_method": "automatic",
        "created": call.now,
        "currency": currency,
        "customer": None,
        "description": data.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": dict(data.get("metadata") or {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": data.get("receipt_email"),
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": data.get("statement_descriptor"),
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": transfer_data(transfer),
        "transfer_group": data.get("transfer_group"),
    }


def transfer_data(transfer: Body | None) -> Body | None:
    """Give where the money goes, without an amount that was not asked for."""
    if transfer is None:
        return None
    amount = transfer.get("amount")
    return {"destination": transfer["destination"], **({"amount": amount} if amount is not None else {})}


def billing_details(email: str | None, name: str | None) -> Body:
    """Give who holds the card."""
    return {"address": dict(NO_ADDRESS), "email": email, "name": name, "phone": None, "tax_id": None}


def method_body(call: Call, card: Body, billing: Body) -> Body:
    """Give a payment method for a card."""
    checks = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}
    return {
        "allow_redisplay": "limited",
        "billing_details": billing,
        "card": {
            "brand": card["brand"],
            "checks": checks,
            "country": "US",
            "display_brand": card["brand"],
            "exp_month": card["exp_month"],
            "exp_year": card["exp_year"],
            "fingerprint": card["fingerprint"],
            "funding": "credit",
            "generated_from": None,
            "last4": card["last4"],
            "networks": {"available": [card["brand"]], "preferred": None},
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": call.now,
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def charge_body(call: Call, charge_id: str, intent: Body, card: Body, method: Body, *, challenged: bool) -> Body:
    """Give a card's charge as it is before the bank answers; the caller fills in what the bank said."""
    details = _method_details(intent["amount"], card, method, challenged=challenged)
    return resting_charge(call, charge_id, intent, method, details)


def resting_charge(call: Call, charge_id: str, intent: Body, method: Body, details: Body) -> Body:
    """Give a charge by a method of any kind before anything has happened to it."""
    inherited = (
        "amount",
        "application",
        "application_fee_amount",
        "currency",
        "customer",
        "description",
        "receipt_email",
    )
    described = ("statement_descriptor", "statement_descriptor_suffix", "transfer_group")
    return {
        **copy.deepcopy(_RESTING_CHARGE),
        **{name: intent[name] for name in (*inherited, *described)},
        "id": charge_id,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "SANDBOX",
        "created": call.now,
        "metadata": dict(intent["metadata"]),
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": details,
        "shipping": intent.get("shipping"),
        "transfer_data": {"amount": None, **intent["transfer_data"]} if intent["transfer_data"] else None,
    }


def _method_details(amount: int, card: Body, method: Body, *, challenged: bool) -> Body:
    kept = method["card"]
    secured = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": random_text(24),
        "version": "2.2.0",
    }
    names = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
    failed = card["outcome"] == "wrong_cvc"
    details = {
        **{name: kept[name] for name in names},
        "amount_authorized": amount if not OUTCOMES[card["outcome"]].code else None,
        "installments": None,
        "mandate": None,
        "network": card["brand"],
        "three_d_secure": secured if challenged else None,
    }
    details["checks"] = {**kept["checks"], "cvc_check": "fail" if failed else "pass"}
    return {"card": details, "type": "card"}


def seller_payment_body(
    call: Call, payment_id: str, charge: Body, amount: int, transfer_id: str, fee: Body | None
) -> Body:
    """Give the `py_` object a transfer leaves on the account that received it."""
    return {
        **copy.deepcopy(_RESTING_CHARGE),
        "id": payment_id,
        "amount": amount,
        "amount_captured": amount,
        "application_fee": fee["id"] if fee else None,
        "application_fee_amount": fee["amount"] if fee else None,
        "billing_details": billing_details(None, None),
        "captured": True,
        "created": call.now,
        "currency": charge["currency"],
        "paid": True,
        "payment_method_details": {"stripe_account": {}, "type": "stripe_account"},
        "source_transfer": transfer_id,
        "status": "succeeded",
        "transfer_group": charge.get("transfer_group"),
    }


def bank_method_body(call: Call, email: str | None, name: str | None) -> Body:
    """Give a payment method for a bank account in the United States."""
    return {
        "allow_redisplay": "limited",
        "billing_details": billing_details(email, name),
        "created": call.now,
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": "us_bank_account",
        "us_bank_account": {
            **BANK,
            "financial_connections_account": None,
            "networks": {"preferred": "ach", "supported": ["ach"]},
            "status_details": {},
        },
    }
