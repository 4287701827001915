"""External accounts as they are stored: bank accounts and debit cards in one list per account."""

from typing import Final

from stripe_sandbox.call import Call
from stripe_sandbox.store import Row

KIND: Final = "external_account"


def of_account(call: Call, account_id: str) -> list[Row]:
    """Give the external accounts of an account, newest first."""
    return call.tx.find(KIND, "account = ?", (account_id,), newest=True)


def paid_out_to(call: Call, account_id: str, currency: str, kind: str) -> str | None:
    """Give the id of the bank account or card that payouts in this currency go to, if there is one."""
    fitting = [row for row in of_account(call, account_id) if row.body["currency"] == currency]
    fitting = [row for row in fitting if row.body["object"] == kind]
    fitting.sort(key=lambda row: not row.body["default_for_currency"])
    return fitting[0].id if fitting else None
