"""Credit grants: money customers have paid or been given for what they will use, taken by invoices of metered prices.

Source: docs.stripe.com/billing/subscriptions/usage-based/billing-credits. The balance is the sum of the transactions.
"""

from collections.abc import Sequence
from typing import Final

from stripe_sandbox.billing.clock_time import at_clock
from stripe_sandbox.billing.usage import is_metered
from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find, retrieve_of, show_plain
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.store import Row

GRANT: Final = "billing.credit_grant"
MOVE: Final = "billing.credit_balance_transaction"
_GRANTS_MAX: Final = 100
_PRIORITY: Final = 50


def _money(value: int, currency: str) -> Body:
    return {"monetary": {"currency": currency, "value": value}, "type": "monetary"}


def _body(call: Call, params: Body) -> Body:
    if "customer" not in params:
        raise invalid("Missing required param: customer.", param="customer", code="parameter_missing")
    customer = find(call, "customer", params["customer"], param="customer", status=400)
    given = params["amount"].get("monetary")
    if given is None or given["value"] < 1:
        raise invalid("A credit grant needs a positive monetary amount.", param="amount[monetary]")
    if len(grants_of(call, customer.id)) >= _GRANTS_MAX:
        raise invalid(f"A customer has at most {_GRANTS_MAX} unused credit grants.", param="customer")
    with at_clock(call, customer.body["test_clock"]):
        start = params.get("effective_at", call.now)
        if params.get("expires_at") is not None and params["expires_at"] <= max(start, call.now):
            raise invalid("expires_at must be after the grant is effective.", param="expires_at")
        return {
            "amount": _money(given["value"], check_currency(given["currency"], param="amount[monetary][currency]")),
            "applicability_config": params["applicability_config"],
            "category": params.get("category", "paid"),
            "created": call.now,
            "customer": customer.id,
            "effective_at": start,
            "expires_at": params.get("expires_at"),
            "metadata": {},
            "name": params.get("name"),
            "priority": params.get("priority", _PRIORITY),
            "test_clock": customer.body["test_clock"],
            "updated": call.now,
        }


def create_grant(call: Call, params: Body) -> Body:
    """Grant a customer credit."""
    row = _GRANTS.store(call, params)
    value = row.body["amount"]["monetary"]["value"]
    _move(call, row, value, "credits_granted", at=row.body["effective_at"])
    return dict(row.body)


def _move(call: Call, grant: Row, value: int, kind: str, *, at: int, more: Body | None = None) -> Row:
    """Write a movement: `value` above zero for credit that comes, below for credit that goes."""
    side = {"amount": _money(abs(value), grant.body["amount"]["monetary"]["currency"]), "type": kind, **(more or {})}
    body: Body = {
        "created": call.now,
        "credit": side if value > 0 else None,
        "credit_grant": grant.id,
        "debit": side if value < 0 else None,
        "effective_at": at,
        "livemode": False,
        "test_clock": grant.body["test_clock"],
        "type": "credit" if value > 0 else "debit",
    }
    row = call.add(MOVE, body, account=grant.account, hidden={"customer": grant.body["customer"], "value": value})
    emit(call, f"{MOVE}.created", row.body, account=grant.account)
    return row


def left_of(call: Call, grant: Row) -> int:
    """Give what is left of a grant."""
    return sum(each.hidden["value"] for each in call.tx.find(MOVE, "body ->> '$.credit_grant' = ?", (grant.id,)))


def grants_of(call: Call, customer: str) -> list[Row]:
    """Give the grants of a customer that have something left, in the order they are used.

    The lowest priority comes first, then what expires first, then what was given away before what was paid, then age.
    """
    rows = [row for row in call.tx.find(GRANT, "body ->> '$.customer' = ?", (customer,)) if left_of(call, row)]
    return sorted(
        rows,
        key=lambda row: (
            row.body["priority"], row.body["expires_at"] or 1 << 40, row.body["category"] != "promotional",
            row.body["effective_at"], row.created,
        ),
    )  # fmt: skip


def _is_open(call: Call, grant: Row) -> bool:
    ends = grant.body["expires_at"]
    return grant.body["effective_at"] <= call.now and (ends is None or ends > call.now)


def _covers(grant: Row, price_id: str) -> bool:
    only = grant.body["applicability_config"]["scope"].get("prices")
    return only is None or price_id in {each["id"] for each in only}


def apply_credits(call: Call, invoice: Row) -> None:
    """Let the customer's grants pay the lines of metered prices; the caller saves the invoice."""
    body = invoice.body
    grants = [row for row in grants_of(call, body["customer"]) if _is_open(call, row)]
    for line in _metered_lines(call, body["lines"]["data"]) if grants else []:
        for grant in grants:
            if _covers(grant, line["pricing"]["price_details"]["price"]):
                _use(call, invoice, line, grant)


def _metered_lines(call: Call, lines: Sequence[Body]) -> list[Body]:
    found: list[Body] = []
    for line in lines:
        details = (line["pricing"] or {}).get("price_details")
        price = call.tx.get(details["price"], "price") if details else None
        if price is not None and is_metered(price.body):
            found.append(line)
    return found


def _use(call: Call, invoice: Row, line: Body, grant: Row) -> None:
    owed = line["amount"] - sum(each["amount"] for each in line["pretax_credit_amounts"])
    money = grant.body["amount"]["monetary"]
    value = min(owed, left_of(call, grant)) if money["currency"] == line["currency"] else 0
    if value <= 0:
        return
    about = {"credits_applied": {"invoice": invoice.id, "invoice_line_item": line["id"]}}
    move = _move(call, grant, -value, "credits_applied", at=call.now, more=about)
    credit = {"amount": value, "credit_balance_transaction": move.id, "type": "credit_balance_transaction"}
    line["pretax_credit_amounts"].append(credit)
    body = invoice.body
    body["total_pretax_credit_amounts"].append(dict(credit))
    for name in ("total", "total_excluding_tax", "amount_due", "amount_remaining"):
        body[name] -= value


def return_credits(call: Call, invoice: Row) -> None:
    """Give back what credit had paid of an invoice that nobody has to pay any more."""
    for move in call.tx.find(MOVE, "body ->> '$.debit.credits_applied.invoice' = ?", (invoice.id,)):
        grant = call.tx.get(move.body["credit_grant"], GRANT)
        assert grant is not None, "a movement names a grant that exists"
        about = {"credits_application_invoice_voided": dict(move.body["debit"]["credits_applied"])}
        _move(call, grant, -move.hidden["value"], "credits_application_invoice_voided", at=call.now, more=about)


def update_grant(call: Call, row: Row, params: Body) -> None:
    """Let a grant expire at another time."""
    ends = params.get("expires_at")
    if isinstance(ends, int) and ends <= call.now:
        raise invalid("expires_at must be in the future.", param="expires_at")
    row.body["updated"] = call.now


def _end(call: Call, grant_id: str, kind: str) -> Row:
    row = find(call, GRANT, grant_id, noun="credit grant")
    ends = row.body["expires_at"]
    if row.body["voided_at"] or (ends is not None and ends <= call.now):
        raise invalid("This credit grant is voided or has expired already.")
    if left := left_of(call, row):
        _move(call, row, -left, kind, at=call.now)
    row.body["updated"] = call.now
    return row


def expire_grant(call: Call, params: Body, grant_id: str) -> Body:
    """Let what is left of a grant end now."""
    del params
    row = _end(call, grant_id, "credits_expired")
    row.body["expires_at"] = call.now
    return _ended(call, row)


def void_grant(call: Call, params: Body, grant_id: str) -> Body:
    """Take back a grant nothing was used of."""
    del params
    used = "body ->> '$.credit_grant' = ? AND body ->> '$.debit.type' = 'credits_applied'"
    if call.tx.find(MOVE, used, (grant_id,)):
        raise invalid("A credit grant that was applied to an invoice cannot be voided.")
    row = _end(call, grant_id, "credits_voided")
    row.body["voided_at"] = call.now
    return _ended(call, row)


def _ended(call: Call, row: Row) -> Body:
    call.tx.save(row)
    _GRANTS.tell(call, row, "updated")
    return dict(row.body)


def expire_due(call: Call) -> int:
    """Let grants end whose time is over; gives their number."""
    where = "body ->> '$.expires_at' <= ? AND body ->> '$.voided_at' IS NULL AND hidden ->> '$.over' IS NULL"
    where += " AND body ->> '$.test_clock' IS NULL"
    due = call.tx.find(GRANT, where, (call.now,))
    for row in due:
        if left := left_of(call, row):
            _move(call, row, -left, "credits_expired", at=row.body["expires_at"])
        row.hidden["over"] = True
        call.tx.save(row)
    return len(due)


def summarize(call: Call, params: Body) -> Body:
    """Give what a customer has to use, of all grants, of one, or of those for some prices."""
    customer = find(call, "customer", params.get("customer", ""), param="customer", status=400)
    chosen = params["filter"]
    rows = grants_of(call, customer.id)
    if chosen["type"] == "credit_grant":
        rows = [row for row in rows if row.id == chosen.get("credit_grant")]
    else:
        asked = [each["id"] for each in (chosen.get("applicability_scope") or {}).get("prices") or []]
        rows = [row for row in rows if all(_covers(row, each) for each in asked)]
    sums: dict[str, list[int]] = {}
    for row in rows:
        money = sums.setdefault(row.body["amount"]["monetary"]["currency"], [0, 0])
        money[0] += left_of(call, row) if _is_open(call, row) else 0
        money[1] += left_of(call, row)
    balances = [
        {"available_balance": _money(open_, code), "ledger_balance": _money(whole, code)}
        for code, (open_, whole) in sorted(sums.items())
    ]
    return {"object": "billing.credit_balance_summary", "balances": balances, "customer": customer.id,
            "customer_account": None, "livemode": False}  # fmt: skip


def list_moves(call: Call, params: Body) -> Body:
    """Give a page of the movements of a customer's credit, also of one grant."""
    customer = find(call, "customer", params.get("customer", ""), param="customer", status=400)
    wanted = {name: value for name, value in params.items() if name != "customer"}
    filters = {"credit_grant": "body ->> '$.credit_grant' = ?"}
    of_customer = "hidden ->> '$.customer' = ?"
    return list_objects(
        call, MOVE, wanted, _MOVES, show_plain, filters=filters, where=of_customer, values=(customer.id,)
    )


_SCOPE = {"scope": {"price_type": ANY, "prices": {"id": ANY}}}
_GRANTS = Resource(
    kind=GRANT, url="/v1/billing/credit_grants", name="id", body=_body, merge=update_grant, noun="credit grant",
    takes={
        **dict.fromkeys(("category", "customer", "effective_at", "expires_at", "name", "priority"), ANY),
        "amount": {"type": ANY, "monetary": {"currency": ANY, "value": ANY}}, "applicability_config": _SCOPE,
    },
    changes={"expires_at": ANY}, plain=("expires_at",), filters=("customer",), lists=PAGED, told=("created", "updated"),
)  # fmt: skip
_ONE = "/v1/billing/credit_grants/{id}"
_MOVES = "/v1/billing/credit_balance_transactions"
_FILTER = {"type": ANY, "credit_grant": ANY, "applicability_scope": _SCOPE["scope"]}
OPERATIONS = {
    **_GRANTS.operations(),
    "POST /v1/billing/credit_grants": Operation(create_grant, {**_GRANTS.takes, "metadata": ANY}),
    f"POST {_ONE}/expire": Operation(expire_grant),
    f"POST {_ONE}/void": Operation(void_grant),
    "GET /v1/billing/credit_balance_summary": Operation(summarize, {"customer": ANY, "filter": _FILTER}),
    f"GET {_MOVES}": Operation(list_moves, {**PAGED, "customer": ANY, "credit_grant": ANY}),
    f"GET {_MOVES}/{{id}}": Operation(retrieve_of(MOVE, noun="credit balance transaction")),
}
