"""Who is at the other end of a transfer: the owner's own bank account, as a test payment method."""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing, not_built
from stripe_sandbox.store import Row

TEST_BANK: Final = "pm_usBankAccount"


def nobody() -> Body:
    """Give billing details that say nothing."""
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {"address": address, "email": None, "name": None}


def own_bank(method: str) -> Body:
    """Give the details of the owner's bank account; raises 501 for any but the test one."""
    if method != TEST_BANK:
        raise not_built(f"payment methods other than {TEST_BANK} here")
    bank = {
        "account_holder_type": "individual",
        "account_type": "checking",
        "bank_name": "STRIPE TEST BANK",
        "fingerprint": None,
        "last4": "6789",
        "network": "ach",
        "routing_number": "110000000",
    }
    return {"type": "us_bank_account", "us_bank_account": bank, "billing_details": nobody()}


def others_bank(call: Call, params: Body) -> tuple[Body, Row | None]:
    """Give who is paid: somebody's bank account, or the financial account that has the money at once.

    Raises 400 when nobody is named. Of a bank account's number four digits are kept.
    """
    method, given = params.get("destination_payment_method"), params.get("destination_payment_method_data")
    if method is not None:
        return own_bank(method), None
    if given is None:
        raise invalid("You must name a destination payment method.", param="destination_payment_method",
                      code="parameter_missing")  # fmt: skip
    billing = {**nobody(), **{name: value for name, value in given.get("billing_details", {}).items() if value}}
    if given["type"] == "financial_account":
        wanted = given.get("financial_account", "")
        receiver = call.tx.get(wanted, "treasury.financial_account")
        if receiver is None or receiver.body["status"] != "open":
            param = "destination_payment_method_data[financial_account]"
            raise missing("financial account", wanted, param=param, status=400)
        details = {"financial_account": {"id": receiver.id, "network": "stripe"}, "type": "financial_account"}
        return {**details, "billing_details": billing}, receiver
    bank = given.get("us_bank_account") or {}
    number, routing = bank.get("account_number", ""), bank.get("routing_number", "")
    param = "destination_payment_method_data[us_bank_account]"
    if not (number.isdecimal() and len(number) >= 4):
        raise invalid("Invalid account number.", param=f"{param}[account_number]", code="account_number_invalid")
    if not (routing.isdecimal() and len(routing) == 9):
        raise invalid("Routing number must have 9 digits", param=f"{param}[routing_number]",
                      code="routing_number_invalid")  # fmt: skip
    options = (params.get("destination_payment_method_options") or {}).get("us_bank_account") or {}
    shown = {
        "account_holder_type": bank.get("account_holder_type"), "account_type": bank.get("account_type"),
        "bank_name": "STRIPE TEST BANK", "fingerprint": None, "last4": number[-4:],
        "network": options.get("network", "ach"), "routing_number": routing,
    }  # fmt: skip
    return {"type": "us_bank_account", "us_bank_account": shown, "billing_details": billing}, None
