"""Tax rates on invoices: what their lines bear by the rates of the line, or by those of the invoice."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.plain import find
from stripe_sandbox.invoicing.automatic import automatic_rates
from stripe_sandbox.tax.tables import NONTAXABLE

_HUNDRED = Decimal(100)
_RATES_MAX = 5


def rates_of(call: Call, ids: Any, *, param: str) -> list[Body]:
    """Give the tax rates of these ids, as they are now; raises 400 for one that is not active."""
    if not isinstance(ids, list):
        return []
    if len(ids) > _RATES_MAX:
        raise invalid(f"You can give at most {_RATES_MAX} tax rates.", param=param)
    rows = [find(call, "tax_rate", each, noun="tax rate", param=param, status=400) for each in ids]
    if inactive := [row.id for row in rows if not row.body["active"]]:
        raise invalid(f"The tax rate {inactive[0]} is not active.", param=param)
    return [dict(row.body) for row in rows]


def tax_lines(call: Call, body: Body) -> None:
    """Set what each line bears, and what all of them do; a customer who is exempt bears nothing."""
    automatic = body["automatic_tax"]["enabled"]
    usual = automatic_rates(call, body) if automatic else body["default_tax_rates"]
    sums: dict[str, Body] = {}
    for line in body["lines"]["data"]:
        line["taxes"] = _taxes(_rates(call, line) or _borne(call, line, usual), line, body["customer_tax_exempt"])
        for each in line["taxes"]:
            rate = each["tax_rate_details"]["tax_rate"]
            known = sums.setdefault(rate, {**each, "amount": 0, "taxable_amount": 0})
            known["amount"] += each["amount"]
            known["taxable_amount"] += each["taxable_amount"]
    body["total_taxes"] = list(sums.values())


def outside_and_inside(taxes: Sequence[Body]) -> tuple[int, int]:
    """Give what is added to prices, and what is in them already."""
    outside = sum(each["amount"] for each in taxes if each["tax_behavior"] == "exclusive")
    return outside, sum(each["amount"] for each in taxes) - outside


def _rates(call: Call, line: Body) -> list[Body]:
    details = (line["parent"] or {}).get("invoice_item_details")
    item = call.tx.get(details["invoice_item"], "invoiceitem") if details else None
    return list(item.body["tax_rates"] or []) if item else []


def _borne(call: Call, line: Body, usual: list[Body]) -> list[Body]:
    """What is not taxable bears none of the usual rates."""
    details = (line["pricing"] or {}).get("price_details")
    product = call.tx.get(details["product"], "product") if details else None
    return [] if product is not None and product.body["tax_code"] == NONTAXABLE else usual


def _taxes(rates: Sequence[Body], line: Body, exempt: str) -> list[Body]:
    left = line["amount"] - sum(each["amount"] for each in line["discount_amounts"])
    reasons = {"exempt": "customer_exempt", "reverse": "reverse_charge"}
    return [
        {
            "amount": 0 if exempt in reasons else amount,
            "tax_behavior": "inclusive" if each["inclusive"] else "exclusive",
            "tax_rate_details": {"tax_rate": each["id"]},
            "taxability_reason": reasons.get(exempt, "standard_rated"),
            "taxable_amount": base,
            "type": "tax_rate_details",
        }
        for each, (amount, base) in zip(rates, borne(rates, left), strict=True)
    ]


def borne(rates: Sequence[Body], amount: int) -> list[tuple[int, int]]:
    """Give what each rate takes of an amount, and of what it takes it: of the price without what is in it already."""
    inside = sum((Decimal(str(each["percentage"])) for each in rates if each["inclusive"]), Decimal(0))
    base = Decimal(amount) * _HUNDRED / (_HUNDRED + inside)
    return [(_rounded(base * Decimal(str(each["percentage"])) / _HUNDRED), _rounded(base)) for each in rates]


def _rounded(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_HALF_UP))
