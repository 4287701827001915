"""Balance transactions: every movement of every account's money, and the balance they add up to."""

from decimal import Decimal
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import missing
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.store import PLATFORM, Row

KIND: Final = "balance_transaction"
_DAY_S: Final = 86_400
SETTLES_AFTER_DAYS: Final = 2


def settles_on(now: int) -> int:
    """Give when a card payment of now becomes available: midnight UTC after two days."""
    return (now // _DAY_S + SETTLES_AFTER_DAYS) * _DAY_S


def book(
    call: Call, account: str, kind: str, category: str, amount: int, currency: str, source: str,
    *, available_on: int, fees: list[Body] | None = None, description: str | None = None,
    rate: Decimal | None = None,
) -> Row:  # fmt: skip
    """Write one movement. `fees` lower what arrives: net = amount - sum of fees."""
    fee = sum(each["amount"] for each in fees or [])
    body: Body = {
        "amount": amount,
        "available_on": available_on,
        "balance_type": "payments",
        "created": call.now,
        "currency": currency,
        "description": description,
        "exchange_rate": float(rate) if rate else None,
        "fee": fee,
        "fee_details": fees or [],
        "net": amount - fee,
        "reporting_category": category,
        "source": source,
        "status": "pending",
        "type": kind,
    }
    return call.add(KIND, body, account=account)


def fee_detail(amount: int, currency: str, kind: str, description: str, application: str | None = None) -> Body:
    """Give one line of `fee_details`."""
    return {
        "amount": amount,
        "application": application,
        "currency": currency,
        "description": description,
        "type": kind,
    }


def show_transaction(call: Call, row: Row) -> Body:
    """Give a movement with the status of this moment."""
    return {**row.body, "status": "available" if row.body["available_on"] <= call.now else "pending"}


def available(call: Call, account: str, currency: str) -> int:
    """Give what an account may spend now, in one currency."""
    return next((money[0] for code, money in _sums(call, account).items() if code == currency), 0)


def whole_balance(call: Call, account: str, currency: str) -> int:
    """Give what an account has in one currency, available or on its way."""
    return sum(next((money for code, money in _sums(call, account).items() if code == currency), (0, 0)))


def balances_of(call: Call, account: str) -> dict[str, int]:
    """Give what an account has, available or on its way, by currency."""
    return {code: sum(money) for code, money in _sums(call, account).items()}


def instantly_available(call: Call, account: str, currency: str) -> int:
    """Give what an account may be paid out at once: what is available and what is on its way from cards."""
    return max(0, whole_balance(call, account, currency))


def _sums(call: Call, account: str) -> dict[str, tuple[int, int]]:
    found = call.tx.sql(
        "SELECT body ->> '$.currency' AS currency, "
        "sum(iif(body ->> '$.available_on' <= :now, body ->> '$.net', 0)) AS available, "
        "sum(iif(body ->> '$.available_on' > :now, body ->> '$.net', 0)) AS pending "
        "FROM objects WHERE kind = 'balance_transaction' AND account = :account GROUP BY 1 ORDER BY 1",
        {"now": call.now, "account": account},
    )
    return {each["currency"]: (each["available"], each["pending"]) for each in found}


def retrieve_balance(call: Call, params: Body) -> Body:
    """Give the balance of the account of the call, per currency."""
    del params
    sums = _sums(call, call.account) or {"usd": (0, 0)}

    def lines(place: int) -> list[Body]:
        return [
            {"amount": money[place], "currency": code, "source_types": {"card": money[place]}}
            for code, money in sums.items()
        ]

    instant = [
        {"amount": max(0, sum(money)), "currency": code, "source_types": {"card": max(0, sum(money))}}
        for code, money in sums.items()
    ]
    answer: Body = {"object": "balance", "available": lines(0), "livemode": False, "pending": lines(1)}
    return answer if call.account == PLATFORM else {**answer, "instant_available": instant}


def retrieve_transaction(call: Call, params: Body, transaction_id: str) -> Body:
    """Give one movement."""
    del params
    row = call.tx.get(transaction_id, KIND, call.account)
    if row is None:
        raise missing("balance transaction", transaction_id)
    return show_transaction(call, row)


def list_transactions(call: Call, params: Body) -> Body:
    """Give a page of movements, also by source, type, currency or automatic payout."""
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("source", "type", "currency")}
    filters["payout"] = "hidden ->> '$.payout' = ?"  # only an automatic payout has movements of its own
    return list_objects(call, KIND, params, "/v1/balance_transactions", show_transaction, filters=filters)


_PAGED = {"limit": ANY, "starting_after": ANY, "ending_before": ANY, "created": ANY}
OPERATIONS = {
    "GET /v1/balance": Operation(retrieve_balance),
    "GET /v1/balance_transactions": Operation(
        list_transactions, {**_PAGED, "source": ANY, "type": ANY, "currency": ANY, "payout": ANY}
    ),
    "GET /v1/balance_transactions/{id}": Operation(retrieve_transaction),
}
