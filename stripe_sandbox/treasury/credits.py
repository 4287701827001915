"""Money that comes into a financial account: payouts of the payments balance, and bank transfers of tests.

Source: docs.stripe.com/treasury/moving-money/payouts.
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
from stripe_sandbox.treasury.money import impact, open_transaction, post
from stripe_sandbox.treasury.parties import nobody

KIND: Final = "treasury.received_credit"
_WORDS: Final = {"": "Bank transfer", "outbound_payment": "Payment", "payout": "Payout from the payments balance"}


def receive_payout(call: Call, payout: Row, account_id: str) -> None:
    """Let a payout arrive in the owner's financial account, at once, as it never leaves Stripe."""
    account = call.tx.get(account_id, ACCOUNT)
    if account is None or account.body["status"] != "open":
        raise invalid("The financial account this payout goes to is closed.", code="financial_account_not_open")
    details = {"type": "balance", "balance": "payments", "billing_details": nobody()}
    _receive(call, account, payout.body["amount"], "stripe", details, source=("payout", payout.id))


def receive_from(call: Call, sender: Row, receiver: Row, amount: int, payment_id: str) -> None:
    """Let money of another financial account arrive, at once."""
    party = {"id": sender.id, "network": "stripe"}
    details = {"type": "financial_account", "financial_account": party, "billing_details": nobody()}
    with call.on(receiver.account):
        _receive(call, receiver, amount, "stripe", details, source=("outbound_payment", payment_id))


def receive_card_credit(call: Call, account_id: str, amount: int, card_id: str, transaction_id: str) -> str:
    """Let what a merchant gives back on a card arrive; gives the id of the credit."""
    account = call.tx.get(account_id, ACCOUNT)
    assert account is not None, "a card spends from a financial account"
    details = {"type": "issuing_card", "issuing_card": card_id, "billing_details": nobody()}
    flows = {"issuing_transaction": transaction_id}
    return str(_receive(call, account, amount, "card", details, source=None, flows=flows)["id"])


def receive_credit(call: Call, params: Body) -> Body:
    """Play a bank that sends money to a financial account."""
    account = find_open(call, params["financial_account"])
    if params["amount"] < 1 or params["currency"] != "usd":
        raise invalid("Send a positive amount of usd.", param="amount")
    bank = {"bank_name": "STRIPE TEST BANK", "last4": "6789", "routing_number": "110000000"}
    details = {"type": "us_bank_account", "us_bank_account": bank, "billing_details": nobody()}
    return _receive(call, account, params["amount"], params["network"], details, source=None)


def _receive(
    call: Call,
    account: Row,
    amount: int,
    network: str,
    details: Body,
    *,
    source: tuple[str, str] | None,
    flows: Body | None = None,
) -> Body:
    linked = {"source_flow_type": source[0], "source_flow": source[1]} if source else {}
    body: Body = {
        "amount": amount,
        "created": call.now,
        "currency": "usd",
        "description": _WORDS[source[0] if source else ""],
        "failure_code": None,
        "financial_account": account.id,
        "hosted_regulatory_receipt_url": None,
        "initiating_payment_method_details": details,
        "linked_flows": {
            "credit_reversal": None,
            "issuing_authorization": None,
            "issuing_transaction": None,
            **linked,
            **(flows or {}),
        },
        "livemode": False,
        "network": network,
        "reversal_details": None,
        "status": "succeeded",
    }
    row = call.add(KIND, body, account=account.account)
    moved = open_transaction(
        call, account.account, account.id, ("received_credit", row.id), amount, impact(), body["description"]
    )
    post(call, moved, impact(cash=amount))
    row.body["transaction"] = moved.id
    call.tx.save(row)
    emit(call, f"{KIND}.created", row.body, account=account.account)
    emit(call, f"{KIND}.succeeded", row.body, account=account.account)
    return dict(row.body)


_ALL = "/v1/treasury/received_credits"
OPERATIONS = {
    f"GET {_ALL}": Operation(
        list_of(KIND, _ALL, ("financial_account", "status")), {**PAGED, "financial_account": ANY, "status": ANY}
    ),
    f"GET {_ALL}/{{id}}": Operation(retrieve_of(KIND, noun="received credit")),
    "POST /v1/test_helpers/treasury/received_credits": Operation(
        receive_credit,
        {"amount": ANY, "currency": ANY, "financial_account": ANY, "network": ("ach", "us_domestic_wire")},
    ),
}
