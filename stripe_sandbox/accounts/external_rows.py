"""External accounts as they are stored: bank accounts and debit cards in one list per account."""

from typing import Final

from stripe_sandbox.call import Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.store import Row

KIND: Final = "external_account"


def of_account(call: Call, account_id: str) -> list[Row]:
    """Give the external accounts of an account, newest first."""
    return call.tx.find(KIND, "account = ?", (account_id,), newest=True)


def paid_out_to(call: Call, account_id: str, currency: str, method: str, wanted: str | None = None) -> Row | None:
    """Give the bank account or card that payouts in this currency go to, or the one wanted; None where there is none.

    Raises 400 for a payout at once to where none can go. Standard payouts go to a bank, instant ones rather to a card.
    """
    fitting = [row for row in of_account(call, account_id) if row.body["currency"] == currency]
    if wanted is not None:
        fitting = [row for row in fitting if row.id == wanted]
        if not fitting:
            raise missing("external account", wanted, param="destination", status=400)
    elif method == "standard":
        fitting = [row for row in fitting if row.body["object"] == "bank_account"]
    able = [row for row in fitting if method in row.body["available_payout_methods"]]
    if fitting and not able:
        message = "The external account does not support Instant Payouts. Please try another external account."
        raise invalid(message, param="method", code="instant_payouts_unsupported")
    able.sort(
        key=lambda row: ((row.body["object"] == "card") != (method == "instant"), not row.body["default_for_currency"])
    )
    return able[0] if able else None
