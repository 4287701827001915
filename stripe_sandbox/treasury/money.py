"""Money of a financial account: every movement is a transaction, and the balance is what they add up to.

What a transaction does to the balances at each step is an entry. Source:
docs.stripe.com/treasury/account-management/working-with-balances-and-transactions.
"""

from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, find, list_of, retrieve_of, show_plain
from stripe_sandbox.store import Row

TRANSACTION: Final = "treasury.transaction"
ENTRY: Final = "treasury.transaction_entry"
_PARTS: Final = ("cash", "inbound_pending", "outbound_pending")
_CURRENCY: Final = "usd"
# What the beginning of a flow is called in an entry, where that is not the flow itself.
_OPENINGS: Final = {"issuing_authorization": "issuing_authorization_hold"}
_KNOWN: Final = frozenset(
    [f"outbound_{kind}_{step}" for kind in ("payment", "transfer") for step in ("cancellation", "failure", "posting",
                                                                               "return")]
    + ["credit_reversal_posting", "inbound_transfer_return", "issuing_authorization_release"]
)  # fmt: skip


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


def cash_in(call: Call, financial_account: str) -> int:
    """Give the cash of a financial account, in cents."""
    return int(balance_of(call, financial_account)["cash"][_CURRENCY])


def check_cash(call: Call, financial_account: str, amount: int) -> None:
    """Raise 400 unless there is as much cash."""
    if cash_in(call, financial_account) < amount:
        message = "The financial account does not have enough cash for this."
        raise invalid(message, param="amount", code="insufficient_funds")


def open_transaction(
    call: Call, account: str, financial_account: str, flow: tuple[str, str], amount: int, does: Body, description: str,
    *, posted: bool = False, step: str = "",
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
    row = call.add(TRANSACTION, body, account=account)
    _enter(call, row, does, step)
    return row


def _enter(call: Call, transaction: Row, does: Body, step: str) -> None:
    """Write what has changed as an entry; what changes nothing is none."""
    if not any(does.values()):
        return
    body, flow = transaction.body, transaction.body["flow_type"]
    named = f"{flow}_{step}"
    entry: Body = {
        **{name: body[name] for name in ("currency", "financial_account", "flow", "flow_type", "livemode")},
        "balance_impact": does,
        "created": call.now,
        "effective_at": call.now,
        "transaction": transaction.id,
        "type": named if named in _KNOWN else _OPENINGS.get(flow, flow),
    }
    call.add(ENTRY, entry, account=transaction.account)


def change_impact(call: Call, transaction: Row, does: Body, step: str = "") -> None:
    """Let a movement that is not final do something else from now on."""
    before = transaction.body["balance_impact"]
    transaction.body["balance_impact"] = does
    _enter(call, transaction, {name: does[name] - before[name] for name in _PARTS}, step)
    call.tx.save(transaction)


def post(call: Call, transaction: Row, does: Body) -> None:
    """Let a movement become final."""
    transaction.body["status"] = "posted"
    transaction.body["status_transitions"]["posted_at"] = call.now
    change_impact(call, transaction, does, "posting")


def void(call: Call, transaction: Row, step: str = "failure") -> None:
    """Let a movement never have been."""
    transaction.body["status"] = "void"
    transaction.body["status_transitions"]["void_at"] = call.now
    change_impact(call, transaction, impact(), step)


def list_entries(call: Call, params: Body) -> Body:
    """Give a page of the entries of a financial account, newest first, also of one transaction or span of time."""
    wanted = dict(params)
    account = find(call, "treasury.financial_account", wanted.pop("financial_account"), noun="financial account",
                   param="financial_account", status=400)  # fmt: skip
    wanted.pop("order_by", None)  # an entry is effective when it is written, so both orders are one
    where, values = "body ->> '$.financial_account' = ?", list[Any]([account.id])
    if "effective_at" in wanted:
        wanted.setdefault("created", wanted.pop("effective_at"))
    filters = {"transaction": "body ->> '$.transaction' = ?"}
    return list_objects(call, ENTRY, wanted, _ENTRIES, show_plain, filters=filters, where=where, values=tuple(values))


_ALL, _ENTRIES = "/v1/treasury/transactions", "/v1/treasury/transaction_entries"
_ENTRY_LIST = {**DATED, "financial_account": ANY, "transaction": ANY, "effective_at": ANY, "order_by": ANY}
OPERATIONS = {
    f"GET {_ALL}": Operation(
        list_of(TRANSACTION, _ALL, ("financial_account", "status")),
        {**DATED, "financial_account": ANY, "status": ANY},
    ),
    f"GET {_ALL}/{{id}}": Operation(retrieve_of(TRANSACTION, noun="transaction")),
    f"GET {_ENTRIES}": Operation(list_entries, _ENTRY_LIST),
    f"GET {_ENTRIES}/{{id}}": Operation(retrieve_of(ENTRY, noun="transaction entry")),
}
