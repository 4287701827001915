"""Calculations: the tax of a sale before it is made. Source: docs.stripe.com/tax/custom."""

from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.http.listing import page_of, whole_list
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find, show_plain
from stripe_sandbox.ids import new_id
from stripe_sandbox.store import Row
from stripe_sandbox.tax.reckon import Place, place_of, tax_of
from stripe_sandbox.tax.registrations import ADDRESS, settings_of
from stripe_sandbox.tax.tables import CODES, DEFAULT_CODE, SHIPPING_CODE

KIND: Final = "tax.calculation"
_LINE: Final = "tax.calculation_line_item"
_KEPT_S: Final = 90 * 86_400


def create_calculation(call: Call, params: Body) -> Body:
    """Reckon the tax of a sale to somebody whose address is given, or to a customer."""
    currency = check_currency(params["currency"])
    if not params["line_items"]:
        raise invalid("line_items must hold at least one item.", param="line_items")
    details, customer = _details(call, params)
    place = place_of(call, details)
    lines = [_line(call, place, each, f"line_items[{at}]") for at, each in enumerate(params["line_items"])]
    if len({each["reference"] for each in lines}) < len(lines):
        raise invalid("The references of line_items must differ.", param="line_items")
    shipping = _shipping(call, place, params.get("shipping_cost"))
    priced = [*lines, *([shipping] if shipping else [])]
    outside = sum(each["amount_tax"] for each in priced if each["tax_behavior"] == "exclusive")
    body: Body = {
        "amount_total": sum(each["amount"] for each in priced) + outside,
        "currency": currency,
        "customer": customer,
        "customer_details": details,
        "expires_at": call.now + _KEPT_S,
        "livemode": False,
        "ship_from_details": _from(params.get("ship_from_details")),
        "shipping_cost": shipping,
        "tax_amount_exclusive": outside,
        "tax_amount_inclusive": sum(each["amount_tax"] for each in priced) - outside,
        "tax_breakdown": _breakdown(place, priced),
        "tax_date": params.get("tax_date", call.now),
    }
    return show_plain(call, call.add(KIND, body, hidden={"lines": lines}))


def _details(call: Call, params: Body) -> tuple[Body, str | None]:
    given, customer = dict(params.get("customer_details") or {}), params.get("customer")
    if customer is not None:
        row = find(call, "customer", customer, param="customer", status=400)
        if row.body["address"] and "address" not in given:
            given.update(address=row.body["address"], address_source="billing")
        if row.body["tax_exempt"] != "none" and "taxability_override" not in given:
            given["taxability_override"] = {"exempt": "customer_exempt", "reverse": "reverse_charge"}[
                row.body["tax_exempt"]
            ]
        known = call.tx.find("tax_id", "body ->> '$.customer' = ?", (row.id,))
        given.setdefault("tax_ids", [{"type": each.body["type"], "value": each.body["value"]} for each in known])
    elif "customer_details" not in params:
        raise invalid(
            "You must give `customer` or `customer_details`.", param="customer_details", code="parameter_missing"
        )
    address = given.get("address")
    if address is not None and "address_source" not in given:
        raise invalid("Missing required param: customer_details[address_source].",
                      param="customer_details[address_source]", code="parameter_missing")  # fmt: skip
    return {
        "address": {name: address.get(name) or None for name in ADDRESS} if address else None,
        "address_source": given.get("address_source"),
        "ip_address": given.get("ip_address"),
        "tax_ids": given.get("tax_ids") or [],
        "taxability_override": given.get("taxability_override", "none"),
    }, customer


def _from(given: Body | None) -> Body | None:
    return {"address": {name: given["address"].get(name) or None for name in ADDRESS}} if given else None


def _code(call: Call, given: Body, path: str) -> str:
    product = call.tx.get(given["product"], "product", call.account) if "product" in given else None
    if "product" in given and product is None:
        raise missing("product", given["product"], param=f"{path}[product]", status=400)
    of_product = product.body["tax_code"] if product else None
    code = given.get("tax_code") or of_product or settings_of(call).body["defaults"]["tax_code"] or DEFAULT_CODE
    if code not in CODES:
        raise missing("tax code", code, param=f"{path}[tax_code]", status=400)
    return str(code)


def _behavior(call: Call, given: Body) -> str:
    usual = settings_of(call).body["defaults"]["tax_behavior"]
    return str(given.get("tax_behavior") or (usual if usual in ("exclusive", "inclusive") else "exclusive"))


def _line(call: Call, place: Place, given: Body, path: str) -> Body:
    if "performance_location" in given:
        find(call, "tax.location", given["performance_location"], param=f"{path}[performance_location]", status=400)
    code, behavior = _code(call, given, path), _behavior(call, given)
    tax, parts = tax_of(place, given["amount"], behavior, code)
    line_id = new_id(_LINE)
    return {
        "id": line_id,
        "object": _LINE,
        "amount": given["amount"],
        "amount_tax": tax,
        "livemode": False,
        "metadata": given.get("metadata") or None,
        "performance_location": given.get("performance_location"),
        "product": given.get("product"),
        "quantity": given.get("quantity", 1),
        "reference": given.get("reference") or line_id,
        "tax_behavior": behavior,
        "tax_breakdown": parts,
        "tax_code": code,
    }


def _shipping(call: Call, place: Place, given: Body | None) -> Body | None:
    if given is None:
        return None
    amount, rate_id = given.get("amount"), given.get("shipping_rate")
    if rate_id is not None:
        rate = find(call, "shipping_rate", rate_id, param="shipping_cost[shipping_rate]", status=400)
        amount = rate.body["fixed_amount"]["amount"]
    if amount is None:
        raise invalid("shipping_cost needs an amount or a shipping_rate.", param="shipping_cost[amount]")
    code, behavior = given.get("tax_code", SHIPPING_CODE), _behavior(call, given)
    tax, parts = tax_of(place, amount, behavior, code)
    return {
        "amount": amount, "amount_tax": tax, "shipping_rate": rate_id, "tax_behavior": behavior, "tax_breakdown": parts,
        "tax_code": code,
    }  # fmt: skip


def _breakdown(place: Place, priced: list[Body]) -> list[Body]:
    """Give the taxes of all lines together, each once."""
    sums: dict[tuple[Any, ...], Body] = {}
    for line in priced:
        inclusive = line["tax_behavior"] == "inclusive"
        for part in line["tax_breakdown"]:
            rate = part["tax_rate_details"] or {}
            key = (inclusive, part["taxability_reason"], rate.get("tax_type"), rate.get("percentage_decimal"))
            found = sums.setdefault(key, {
                "amount": 0, "inclusive": inclusive,
                "tax_rate_details": {
                    "country": place.country, "flat_amount": None, "rate_type": "percentage" if rate else None,
                    "percentage_decimal": rate.get("percentage_decimal", "0.0"), "state": part["jurisdiction"]["state"],
                    "tax_type": rate.get("tax_type"),
                },
                "taxability_reason": part["taxability_reason"], "taxable_amount": 0,
            })  # fmt: skip
            found["amount"] += part["amount"]
            found["taxable_amount"] += part["taxable_amount"]
    return list(sums.values())


def lines_of(call: Call, row: Row) -> Body:
    """Give the lines of a calculation or a transaction as a list object."""
    del call
    return whole_list(f"/v1/tax/{row.kind.removeprefix('tax.')}s/{row.id}/line_items", row.hidden["lines"])


def usable(call: Call, calculation_id: str, *, param: str) -> Row:
    """Give a calculation that can be made a transaction; raises 400 for one that is too old."""
    row = find(call, KIND, calculation_id, noun="tax calculation", param=param, status=400)
    if row.body["expires_at"] <= call.now:
        raise invalid("This calculation has expired. Create a new one.", param=param)
    return row


def retrieve_calculation(call: Call, params: Body, calculation_id: str) -> Body:
    """Give one calculation."""
    del params
    return show_plain(call, find(call, KIND, calculation_id, noun="tax calculation"))


def list_lines(call: Call, params: Body, calculation_id: str) -> Body:
    """Give a page of the lines of a calculation."""
    whole = lines_of(call, find(call, KIND, calculation_id, noun="tax calculation"))
    return page_of(whole["url"], whole["data"], params, kind="tax line item")


_TAKES = {
    "currency": ANY, "customer": ANY, "customer_details": ANY, "tax_date": ANY, "ship_from_details": ANY,
    "line_items": dict.fromkeys(
        ("amount", "metadata", "performance_location", "product", "quantity", "reference", "tax_behavior",
         "tax_code"), ANY,
    ),
    "shipping_cost": {"amount": ANY, "shipping_rate": ANY, "tax_behavior": ANY, "tax_code": ANY},
}  # fmt: skip
_ONE = "/v1/tax/calculations/{calculation}"
OPERATIONS = {
    "POST /v1/tax/calculations": Operation(create_calculation, _TAKES),
    f"GET {_ONE}": Operation(retrieve_calculation),
    f"GET {_ONE}/line_items": Operation(list_lines, PAGED),
}
