"""What an invoice adds up to: its lines, what discounts take off, and what the customer's balance pays."""

from collections.abc import Sequence
from typing import Final

from stripe_sandbox.billing.credits import return_credits
from stripe_sandbox.call import Body, Call
from stripe_sandbox.discounts.redeem import KIND as DISCOUNT
from stripe_sandbox.discounts.redeem import rows_of, take_off
from stripe_sandbox.events.write import emit
from stripe_sandbox.invoicing.taxes import outside_and_inside, tax_lines
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

BALANCE: Final = "customer_balance_transaction"


def add_up(call: Call, body: Body) -> None:
    """Set the sums of an invoice from its lines and its discounts; its balance is applied when it is finalised."""
    lines = body["lines"]["data"]
    for line in lines:
        line.update(discount_amounts=[], pretax_credit_amounts=[])
        _apply(call, [line], line["discounts"])
    _apply(call, lines, body["discounts"])
    totals: dict[str, int] = {}
    for line in lines:
        for each in line["discount_amounts"]:
            totals[each["discount"]] = totals.get(each["discount"], 0) + each["amount"]
    tax_lines(call, body)
    outside, inside = outside_and_inside(body["total_taxes"])
    subtotal = sum(line["amount"] for line in lines)
    total = subtotal - sum(totals.values()) + outside
    body.update(
        subtotal=subtotal, subtotal_excluding_tax=subtotal - inside, total=total,
        total_excluding_tax=total - outside - inside,
        amount_due=max(total, 0), amount_remaining=max(total, 0),
        total_discount_amounts=[{"amount": amount, "discount": name} for name, amount in totals.items()],
        total_pretax_credit_amounts=[
            {"amount": amount, "discount": name, "type": "discount"} for name, amount in totals.items()
        ],
    )  # fmt: skip


def _apply(call: Call, lines: Sequence[Body], ids: Sequence[str]) -> None:
    rows = [row for row in (call.tx.get(each, DISCOUNT) for each in ids) if row is not None]
    fitting = [line for line in lines if line["discountable"]]
    parts = [(line["amount"] - sum(each["amount"] for each in line["discount_amounts"]), _product(line))
             for line in fitting]  # fmt: skip
    for row, off in zip(rows, take_off(call, rows, parts), strict=True):
        for line, amount in zip(fitting, off, strict=True):
            if amount:
                line["discount_amounts"].append({"amount": amount, "discount": row.id})
                credit = {"amount": amount, "discount": row.id, "type": "discount"}
                line["pretax_credit_amounts"].append(credit)


def _product(line: Body) -> str | None:
    details = (line["pricing"] or {}).get("price_details")
    return details["product"] if details else None


def in_force(call: Call, ids: Sequence[str]) -> list[str]:
    """Give those of these discounts that are not over."""
    return [row.id for row in rows_of(call, ids)]


def use_balance(call: Call, invoice: Row) -> None:
    """Let the customer's balance pay, or be paid with the invoice; a credit beyond it stays."""
    body, customer = invoice.body, call.tx.get(invoice.body["customer"], "customer")
    if customer is None:
        return
    before, total = customer.body["balance"], body["total"]
    # Less than nothing is credit of the customer; an invoice below nothing adds to it.
    moved = min(-before, total) if before < 0 and total > 0 else -before if total > 0 else total
    body.update(starting_balance=before, ending_balance=before + moved)
    body["amount_due"] = body["amount_remaining"] = max(total - moved, 0)
    if moved:
        move_balance(call, customer, moved, body["currency"], "applied_to_invoice", invoice=invoice.id)


def return_balance(call: Call, invoice: Row) -> None:
    """Give back what the balance and credit grants had paid of an invoice that nobody has to pay any more."""
    body, customer = invoice.body, call.tx.get(invoice.body["customer"], "customer")
    moved = (body["ending_balance"] or 0) - body["starting_balance"]
    if customer is not None and moved:
        move_balance(call, customer, -moved, body["currency"], "unapplied_from_invoice", invoice=invoice.id)
    return_credits(call, invoice)


def move_balance(
    call: Call, customer: Row, amount: int, currency: str, kind: str, *, description: str | None = None,
    metadata: dict[str, str] | None = None, **about: str,
) -> Row:  # fmt: skip
    """Change the balance of a customer by an amount: below nothing is credit."""
    customer.body["balance"] += amount
    customer.body["currency"] = customer.body["currency"] or currency
    call.tx.save(customer)
    body: Body = {
        **nothing_of(BALANCE),
        **about,
        "amount": amount,
        "created": call.now,
        "currency": currency,
        "customer": customer.id,
        "description": description,
        "ending_balance": customer.body["balance"],
        "livemode": False,
        "metadata": metadata or {},
        "type": kind,
    }
    row = call.add(BALANCE, body)
    emit(call, "customer.updated", customer.body, account=call.account,
         previous={"balance": customer.body["balance"] - amount})  # fmt: skip
    return row
