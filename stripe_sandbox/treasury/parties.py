"""Who is at the other end of a transfer: the owner's own bank account, as a test payment method."""

from typing import Final

from stripe_sandbox.call import Body
from stripe_sandbox.errors import not_built

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
