"""Line items: what a payment link or a checkout session sells, priced."""

from stripe_sandbox.billing.usage import is_metered
from stripe_sandbox.call import Body, Call
from stripe_sandbox.catalog.products import PRICE_DATA, create_price
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.http.operation import ANY
from stripe_sandbox.ids import new_id

ITEMS_MAX = 20
_QUANTITY_MAX = 999_999
LINE_ITEMS = {"price": ANY, "price_data": PRICE_DATA, "quantity": ANY, "adjustable_quantity": {"enabled": (False,)}}


def price_items(call: Call, given: list[Body]) -> list[Body]:
    """Give the line items of a sale; raises 400 for mixed currencies, inactive prices, odd quantities."""
    if not 1 <= len(given) <= ITEMS_MAX:
        raise invalid(f"line_items must hold 1 to {ITEMS_MAX} items.", param="line_items")
    items = [_item(call, each, f"line_items[{place}]") for place, each in enumerate(given)]
    if len({item["currency"] for item in items}) > 1:
        raise invalid("All prices of line_items must use the same currency.", param="line_items")
    return items


def _item(call: Call, given: Body, path: str) -> Body:
    if ("price" in given) == ("price_data" in given):
        raise invalid(f"You must specify either {path}[price] or {path}[price_data].", param=path)
    price = _price(call, given, path)
    if is_metered(price):
        return _line(call, price, None, 0)
    quantity = given.get("quantity")
    if quantity is None:
        raise invalid(f"Missing required param: {path}[quantity].", param=f"{path}[quantity]", code="parameter_missing")
    if not 1 <= quantity <= _QUANTITY_MAX:
        raise invalid(f"Invalid quantity: must be 1 to {_QUANTITY_MAX}.", param=f"{path}[quantity]")
    return _line(call, price, quantity, price["unit_amount"] * quantity)


def _line(call: Call, price: Body, quantity: int | None, total: int) -> Body:
    product = call.tx.get(price["product"], "product")
    return {
        "id": new_id("item"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": product.body["name"] if product else None,
        "price": price,
        "quantity": quantity,
    }


def _price(call: Call, given: Body, path: str) -> Body:
    if "price_data" in given:
        return create_price(call, {**given["price_data"]})
    row = call.tx.get(given["price"], "price", call.account)
    if row is None:
        raise missing("price", given["price"], param=f"{path}[price]", status=400)
    product = call.tx.get(row.body["product"], "product")
    if not row.body["active"] or (product and not product.body["active"]):
        what = "price" if not row.body["active"] else "product of the price"
        raise invalid(
            f"The {what} specified is inactive. This field only accepts active prices.", param=f"{path}[price]"
        )
    return row.body


def check_intervals(items: list[Body], path: str) -> None:
    """Refuse items of a subscription that do not recur, or not all in the same interval."""
    for place, item in enumerate(items):
        if item["price"]["recurring"] is None:
            message = (
                "The price specified is set to `type=one_time` but this field only accepts prices with "
                "`type=recurring`."
            )
            raise invalid(message, param=f"{path}[{place}][price]")
    if (
        len({(each["price"]["recurring"]["interval"], each["price"]["recurring"]["interval_count"]) for each in items})
        > 1
    ):
        raise invalid("All prices of a subscription must have the same interval.", param=path)


def total_of(items: list[Body]) -> int:
    """Give the sum of the items."""
    return sum(item["amount_total"] for item in items)
