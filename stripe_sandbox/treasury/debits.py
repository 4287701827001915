"""Money that others take from a financial account: banks of tests, and cards that spend its cash.

Source: docs.stripe.com/treasury/moving-money/financial-accounts/out-of/received-debits.
"""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, list_of, retrieve_of
from stripe_sandbox.store import Row
from stripe_sandbox.treasury.accounts import KIND as ACCOUNT
from stripe_sandbox.treasury.accounts import find_open
from stripe_sandbox.treasury.money import cash_in, impact, open_transaction
from stripe_sandbox.treasury.parties import nobody

KIND: Final = "treasury.received_debit"
REVERSIBLE_S: Final = 2 * 86_400


def receive_debit(call: Call, params: Body) -> Body:
    """Play a bank that draws money from a financial account; one without enough cash lets it fail."""
    account = find_open(call, params["financial_account"])
    if params["amount"] < 1 or params["currency"] != "usd":
        raise invalid("Draw a positive amount of usd.", param="amount")
    given = params.get("initiating_payment_method_details", {}).get("us_bank_account", {})
    bank = {
        "bank_name": "STRIPE TEST BANK", "last4": given.get("account_number", "6789")[-4:],
        "routing_number": given.get("routing_number", "110000000"),
    }  # fmt: skip
    billing = {**nobody(), "name": given.get("account_holder_name")}
    details = {"type": "us_bank_account", "us_bank_account": bank, "billing_details": billing}
    enough = cash_in(call, account.id) >= params["amount"]
    row = _store(call, account, params["amount"], "ach", details, params.get("description", "Bank debit"), {},
                 fails=not enough)  # fmt: skip
    if enough:
        moved = open_transaction(
            call, account.account, account.id, ("received_debit", row.id), -params["amount"],
            impact(cash=-params["amount"]), row.body["description"], posted=True,
        )  # fmt: skip
        row.body["transaction"] = moved.id
    call.tx.save(row)
    emit(call, f"{KIND}.created", row.body, account=account.account)
    return dict(row.body)


def note_card_debit(call: Call, account_id: str, amount: int, card_id: str, flows: Body, transaction: str) -> Row:
    """Note what a card has taken; the money was moved with its authorization."""
    account = call.tx.get(account_id, ACCOUNT)
    assert account is not None, "a card spends from a financial account"
    details = {"type": "issuing_card", "issuing_card": card_id, "billing_details": nobody()}
    row = _store(call, account, amount, "card", details, "Card spend", flows, fails=False)
    row.body["transaction"] = transaction
    call.tx.save(row)
    emit(call, f"{KIND}.created", row.body, account=account.account)
    return row


def _store(
    call: Call, account: Row, amount: int, network: str, details: Body, description: str, flows: Body, *, fails: bool
) -> Row:
    none = dict.fromkeys(
        ("debit_reversal", "inbound_transfer", "issuing_authorization", "issuing_transaction", "payout", "topup")
    )
    reversal = {
        "deadline": call.now + REVERSIBLE_S,
        "restricted_reason": None if network == "ach" else "network_restricted",
    }
    body: Body = {
        "amount": amount,
        "created": call.now,
        "currency": "usd",
        "description": description,
        "failure_code": "insufficient_funds" if fails else None,
        "financial_account": account.id,
        "hosted_regulatory_receipt_url": None,
        "initiating_payment_method_details": details,
        "linked_flows": {**none, **flows},
        "livemode": False,
        "network": network,
        "reversal_details": None if fails else reversal,
        "status": "failed" if fails else "succeeded",
        "transaction": None,
    }
    return call.add(KIND, body, account=account.account)


_ALL = "/v1/treasury/received_debits"
_BANK = {"type": ANY, "us_bank_account": {"account_holder_name": ANY, "account_number": ANY, "routing_number": ANY}}
OPERATIONS = {
    f"GET {_ALL}": Operation(
        list_of(KIND, _ALL, ("financial_account", "status")), {**PAGED, "financial_account": ANY, "status": ANY}
    ),
    f"GET {_ALL}/{{id}}": Operation(retrieve_of(KIND, noun="received debit")),
    "POST /v1/test_helpers/treasury/received_debits": Operation(
        receive_debit,
        {"amount": ANY, "currency": ANY, "description": ANY, "financial_account": ANY, "network": ANY,
         "initiating_payment_method_details": _BANK},
    ),
}  # fmt: skip
