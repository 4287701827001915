"""Tax that was collected: written from a calculation when the sale is made, taken back when it is undone.

Source: docs.stripe.com/tax/custom. A payment intent that names a calculation writes its transaction when it succeeds.
"""

from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import half_up
from stripe_sandbox.errors import ApiFailure, invalid, missing
from stripe_sandbox.http.listing import page_of
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find, retrieve_of, show_plain
from stripe_sandbox.ids import new_id
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row
from stripe_sandbox.tax.calculations import lines_of, usable

KIND: Final = "tax.transaction"
ASSOCIATION: Final = "tax.association"
_LINE: Final = "tax.transaction_line_item"
_LINE_NAMES: Final = (
    "amount",
    "amount_tax",
    "metadata",
    "product",
    "quantity",
    "reference",
    "tax_behavior",
    "tax_code",
)


def create_from_calculation(call: Call, params: Body) -> Body:
    """Write down the tax of a sale that was made, under a reference that is used once."""
    made = _commit(call, usable(call, params["calculation"], param="calculation"), params["reference"],
                   posted_at=params.get("posted_at"), metadata=params.get("metadata"))  # fmt: skip
    return show_plain(call, made)


def _commit(call: Call, source: Row, reference: str, *, posted_at: int | None = None, metadata: Any = None) -> Row:
    _check_reference(call, reference)
    names = ("currency", "customer", "customer_details", "ship_from_details", "shipping_cost", "tax_date")
    lines = [
        {**{name: each[name] for name in _LINE_NAMES}, "id": new_id(_LINE), "object": _LINE, "livemode": False,
         "reversal": None, "type": "transaction"} for each in source.hidden["lines"]
    ]  # fmt: skip
    body: Body = {
        **{name: source.body[name] for name in names},
        "created": call.now,
        "livemode": False,
        "metadata": merge_metadata({}, metadata),
        "posted_at": posted_at or call.now,
        "reference": reference,
        "reversal": None,
        "type": "transaction",
    }
    return call.add(KIND, body, hidden={"lines": lines})


def _check_reference(call: Call, reference: str) -> None:
    if call.tx.find(KIND, "account = ? AND body ->> '$.reference' = ?", (call.account, reference)):
        message = f"A transaction with the reference {reference[:60]} exists."
        raise invalid(message, param="reference", code="resource_already_exists")


def create_reversal(call: Call, params: Body) -> Body:
    """Take tax back: all that is left of a transaction, some of its lines, or a flat amount spread over them."""
    origin = find(call, KIND, params["original_transaction"], noun="tax transaction", param="original_transaction",
                  status=400)  # fmt: skip
    if origin.body["type"] == "reversal":
        raise invalid("A reversal cannot be reversed.", param="original_transaction")
    _check_reference(call, params["reference"])
    left = _left(call, origin)
    if params["mode"] == "full":
        taken = {line_id: (-amount, -tax) for line_id, (amount, tax) in left.items()}
    elif "flat_amount" in params:
        taken = _spread(left, params["flat_amount"])
    else:
        taken = {
            each["original_line_item"]: (each["amount"], each["amount_tax"]) for each in params.get("line_items", [])
        }
    if not taken or not any(amount or tax for amount, tax in taken.values()):
        raise invalid("There is nothing to reverse.", param="mode")
    lines = [_reversed(origin, left, line_id, *money) for line_id, money in taken.items()]
    body = {
        **origin.body,
        "id": new_id(KIND),
        "created": call.now,
        "metadata": merge_metadata({}, params.get("metadata")),
        "posted_at": call.now,
        "reference": params["reference"],
        "reversal": {"original_transaction": origin.id},
        "shipping_cost": _shipping(origin, params),
        "type": "reversal",
    }
    return show_plain(call, call.add(KIND, body, hidden={"lines": lines}))


def _shipping(origin: Row, params: Body) -> Body | None:
    cost: Body | None = origin.body["shipping_cost"]
    given = params.get("shipping_cost")
    if cost is None or (params["mode"] != "full" and given is None):
        return None
    money = {"amount": -cost["amount"], "amount_tax": -cost["amount_tax"]} if params["mode"] == "full" else given or {}
    return {**cost, **money, "tax_breakdown": None}


def _left(call: Call, origin: Row) -> dict[str, tuple[int, int]]:
    """Give amount and tax of each line that were not taken back yet."""
    left = {line["id"]: (line["amount"], line["amount_tax"]) for line in origin.hidden["lines"]}
    for row in call.tx.find(KIND, "body ->> '$.reversal.original_transaction' = ?", (origin.id,)):
        for line in row.hidden["lines"]:
            amount, tax = left[line["reversal"]["original_line_item"]]
            left[line["reversal"]["original_line_item"]] = (amount + line["amount"], tax + line["amount_tax"])
    return left


def _spread(left: dict[str, tuple[int, int]], flat: int) -> dict[str, tuple[int, int]]:
    whole = sum(amount + tax for amount, tax in left.values())
    if not -whole <= flat < 0:
        raise invalid(f"flat_amount must be between -{whole} and -1.", param="flat_amount")
    taken: dict[str, tuple[int, int]] = {}
    passed = given = 0
    for line_id, (amount, tax) in left.items():
        passed += amount + tax
        now = half_up(-flat * passed, whole)
        share = now - given
        given = now
        of_tax = half_up(share * tax, amount + tax) if amount + tax else 0
        taken[line_id] = (-(share - of_tax), -of_tax)
    return taken


def _reversed(origin: Row, left: dict[str, tuple[int, int]], line_id: str, amount: int, tax: int) -> Body:
    line = next((each for each in origin.hidden["lines"] if each["id"] == line_id), None)
    if line is None:
        raise missing("tax line item", line_id, param="line_items", status=400)
    if not (-left[line_id][0] <= amount <= 0 and -left[line_id][1] <= tax <= 0):
        raise invalid("A reversal takes back at most what is left of a line, with a minus.", param="line_items")
    return {**line, "id": new_id(_LINE), "amount": amount, "amount_tax": tax, "type": "reversal",
            "reversal": {"original_line_item": line_id}}  # fmt: skip


def associate(call: Call, intent_id: str, calculation_id: str) -> None:
    """Let a payment intent carry the tax of a calculation."""
    source = usable(call, calculation_id, param="hooks[inputs][tax][calculation]")
    known = call.tx.find(ASSOCIATION, "body ->> '$.payment_intent' = ?", (intent_id,))
    body = {"calculation": source.id, "payment_intent": intent_id, "tax_transaction_attempts": None}
    if known:
        known[0].body.update(body)
        call.tx.save(known[0])
    else:
        call.add(ASSOCIATION, body)


def commit_association(call: Call, intent_id: str) -> None:
    """Write the transaction of a payment that has succeeded, if it names a calculation."""
    for row in call.tx.find(ASSOCIATION, "body ->> '$.payment_intent' = ?", (intent_id,)):
        attempt: Body = {"source": intent_id, "status": "committed"}
        try:
            source = usable(call, row.body["calculation"], param="calculation")
            attempt["committed"] = {"transaction": _commit(call, source, intent_id).id}
        except ApiFailure:
            attempt |= {"status": "errored", "errored": {"reason": "calculation_expired"}}
        row.body["tax_transaction_attempts"] = [attempt]
        call.tx.save(row)


def find_association(call: Call, params: Body) -> Body:
    """Give what ties a payment intent to a calculation."""
    where = "account = ? AND body ->> '$.payment_intent' = ?"
    found = call.tx.find(ASSOCIATION, where, (call.account, params["payment_intent"]))
    if not found:
        raise missing("tax association", params["payment_intent"], param="payment_intent")
    return dict(found[0].body)


def list_lines(call: Call, params: Body, transaction_id: str) -> Body:
    """Give a page of the lines of a transaction."""
    whole = lines_of(call, find(call, KIND, transaction_id, noun="tax transaction"))
    return page_of(whole["url"], whole["data"], params, kind="tax line item")


_ALL = "/v1/tax/transactions"
_REVERSAL = {
    **dict.fromkeys(("flat_amount", "metadata", "mode", "original_transaction", "reference"), ANY),
    "line_items": dict.fromkeys(
        ("amount", "amount_tax", "metadata", "original_line_item", "quantity", "reference"), ANY
    ),
    "shipping_cost": {"amount": ANY, "amount_tax": ANY},
}
OPERATIONS = {
    f"POST {_ALL}/create_from_calculation": Operation(
        create_from_calculation, {"calculation": ANY, "metadata": ANY, "posted_at": ANY, "reference": ANY}
    ),
    f"POST {_ALL}/create_reversal": Operation(create_reversal, _REVERSAL),
    f"GET {_ALL}/{{transaction}}": Operation(retrieve_of(KIND, noun="tax transaction")),
    f"GET {_ALL}/{{transaction}}/line_items": Operation(list_lines, PAGED),
    "GET /v1/tax/associations/find": Operation(find_association, {"payment_intent": ANY}),
}
