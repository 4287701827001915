"""Tax rates on the line items of a session: what is added to a price, and what is in it already."""

from typing import Any

from stripe_sandbox.call import Body, Call
from stripe_sandbox.invoicing.taxes import borne, rates_of


def name_rates(call: Call, items: list[Body], given: list[Body]) -> None:
    """Note the tax rates asked for with each line item."""
    for place, (item, each) in enumerate(zip(items, given, strict=True)):
        ids: Any = each.get("tax_rates")
        rates = rates_of(call, ids, param=f"line_items[{place}][tax_rates]")
        if rates:
            item["taxes"] = [
                {"amount": 0, "rate": rate, "taxability_reason": None, "taxable_amount": None} for rate in rates
            ]


def tax_items(items: list[Body]) -> None:
    """Reckon what each line item bears, after its discount."""
    for item in items:
        rates = [each["rate"] for each in item.get("taxes", [])]
        left = item["amount_subtotal"] - item["amount_discount"]
        found = borne(rates, left)
        item["taxes"] = [
            {"amount": amount, "rate": rate, "taxability_reason": "standard_rated", "taxable_amount": base}
            for rate, (amount, base) in zip(rates, found, strict=True)
        ]
        outside = sum(each["amount"] for each in item["taxes"] if not each["rate"]["inclusive"])
        item["amount_tax"] = sum(each["amount"] for each in item["taxes"])
        item["amount_total"] = left + outside
        if not rates:
            item.pop("taxes")


def tax_of(items: list[Body]) -> int:
    """Give the tax of all items."""
    return sum(item["amount_tax"] for item in items)
