"""Money of a financial account: every movement is a transaction, and the balance is what they add up to.

Source: docs.stripe.com/treasury/account-management/working-with-balances-and-transactions.
"""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, list_of, retrieve_of
from stripe_sandbox.store import Row

TRANSACTION: Final = "treasury.transaction"
_PARTS: Final = ("cash", "inbound_pending", "outbound_pending")
_CURRENCY: Final = "usd"


def impact(cash: int = 0, inbound_pending: int = 0, outbound_pending: int = 0) -> Body:
    """Give what a transaction does to the three balances."""
    return {"cash": cash, "inbound_pending": inbound_pending, "outbound_pending": outbound_pending}


def balance_of(call: Call, financial_account: str) -> Body:
    """Give cash, inbound pending and outbound pending, per currency. What is void has no impact."""
    sums = ", ".join(f"coalesce(sum(body ->> '$.balance_impact.{name}'), 0) AS {name}" for name in _PARTS)
    (found,) = call.tx.sql(
        f"SELECT {sums} FROM objects WHERE kind = :kind AND body ->> '$.financial_account' = :id",  # noqa: S608 - our own names
        {"kind": TRANSACTION, "id": financial_account},
    )
    return {name: {_CURRENCY: found[name]} for name in _PARTS}


def check_cash(call: Call, financial_account: str, amount: int) -> None:
    """Raise 400 unless there is as much cash."""
    if balance_of(call, financial_account)["cash"][_CURRENCY] < amount:
        message = "The financial account does not have enough cash for this."
        raise invalid(message, param="amount", code="insufficient_funds")


def open_transaction(
    call: Call, account: str, financial_account: str, flow: tuple[str, str], amount: int, does: Body, description: str,
    *, posted: bool = False,
) -> Row:  # fmt: skip
    """Write a movement; `flow` is the kind and id of what causes it, `amount` below zero for money that leaves."""
    body: Body = {
        "amount": amount,
        "balance_impact": does,
        "created": call.now,
        "currency": _CURRENCY,
        "description": description,
        "financial_account": financial_account,
        "flow": flow[1],
        "flow_type": flow[0],
        "livemode": False,
        "status": "posted" if posted else "open",
        "status_transitions": {"posted_at": call.now if posted else None, "void_at": None},
    }
    return call.add(TRANSACTION, body, account=account)


def post(call: Call, transaction: Row, does: Body) -> None:
    """Let a movement become final."""
    transaction.body.update(status="posted", balance_impact=does)
    transaction.body["status_transitions"]["posted_at"] = call.now
    call.tx.save(transaction)


def void(call: Call, transaction: Row) -> None:
    """Let a movement never have been."""
    transaction.body.update(status="void", balance_impact=impact())
    transaction.body["status_transitions"]["void_at"] = call.now
    call.tx.save(transaction)


_ALL = "/v1/treasury/transactions"
OPERATIONS = {
    f"GET {_ALL}": Operation(
        list_of(TRANSACTION, _ALL, ("financial_account", "status")),
        {**DATED, "financial_account": ANY, "status": ANY},
    ),
    f"GET {_ALL}/{{id}}": Operation(retrieve_of(TRANSACTION, noun="transaction")),
}
