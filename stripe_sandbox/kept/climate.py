"""Climate orders: carbon removal bought by the ton. Suppliers and products are always the same two.

Source: docs.stripe.com/climate/orders. An order is paid for at once, and delivered in the year of its product.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import page_of
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, change, find, list_of, retrieve_of, show_plain
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.schema.blank import nothing_of

ORDER: Final = "climate.order"
_PLACE: Final = {"city": None, "country": "IS", "latitude": 64.0, "longitude": -21.4, "region": None}
_SUPPLIERS: Final[Mapping[str, tuple[str, str]]] = {
    "climsup_air": ("Sandbox Air Capture", "direct_air_capture"),
    "climsup_rock": ("Sandbox Weathering", "enhanced_weathering"),
}
_PRICES: Final[Mapping[str, tuple[str, str, int]]] = {
    "climsku_air": ("Direct air capture", "climsup_air", 60_000),
    "climsku_rock": ("Enhanced weathering", "climsup_rock", 25_000),
}
_FEE_BP: Final = 300
_SINCE: Final = 1_700_000_000
_YEARS: Final = 4


def _supplier(supplier_id: str) -> Body:
    name, pathway = _SUPPLIERS[supplier_id]
    return {"id": supplier_id, "object": "climate.supplier", "info_url": "https://example.com/climate",
            "livemode": False,
            "locations": [dict(_PLACE)], "name": name, "removal_pathway": pathway}  # fmt: skip


def _product(call: Call, product_id: str) -> Body:
    name, supplier, price = _PRICES[product_id]
    fees = price * _FEE_BP // 10_000
    return {
        "id": product_id,
        "object": "climate.product",
        "created": _SINCE,
        "current_prices_per_metric_ton": {
            "usd": {"amount_fees": fees, "amount_subtotal": price, "amount_total": price + fees}
        },
        "delivery_year": datetime.fromtimestamp(call.now, UTC).year + _YEARS,
        "livemode": False,
        "metric_tons_available": "1000000.0",
        "name": name,
        "suppliers": [_supplier(supplier)],
    }


def retrieve_supplier(call: Call, params: Body, supplier_id: str) -> Body:
    """Give one supplier."""
    del call, params
    if supplier_id not in _SUPPLIERS:
        raise missing("climate supplier", supplier_id)
    return _supplier(supplier_id)


def retrieve_product(call: Call, params: Body, product_id: str) -> Body:
    """Give one product with its price of now."""
    del params
    if product_id not in _PRICES:
        raise missing("climate product", product_id)
    return _product(call, product_id)


def list_suppliers(call: Call, params: Body) -> Body:
    """Give a page of suppliers."""
    del call
    return page_of("/v1/climate/suppliers", [_supplier(each) for each in _SUPPLIERS], params, kind="climate supplier")


def list_products(call: Call, params: Body) -> Body:
    """Give a page of products."""
    return page_of("/v1/climate/products", [_product(call, each) for each in _PRICES], params, kind="climate product")


def create_order(call: Call, params: Body) -> Body:
    """Order so many tons, or as many as an amount pays for."""
    if params["product"] not in _PRICES:
        raise missing("climate product", params["product"], param="product", status=400)
    if ("amount" in params) == ("metric_tons" in params):
        raise invalid("You must give either `amount` or `metric_tons`.", param="amount")
    if params.get("currency", "usd") != "usd":
        raise invalid("Climate orders are in usd here.", param="currency")
    prices: Any = _product(call, params["product"])["current_prices_per_metric_ton"]["usd"]
    tons = (
        Decimal(params["metric_tons"])
        if "metric_tons" in params
        else Decimal(params["amount"]) / prices["amount_total"]
    )
    tons = tons.quantize(Decimal("0.01"), ROUND_HALF_UP)
    if tons <= 0:
        raise invalid("Order at least a hundredth of a ton.", param="amount")
    subtotal = int((tons * prices["amount_subtotal"]).to_integral_value(ROUND_HALF_UP))
    fees = subtotal * _FEE_BP // 10_000
    body: Body = {
        **nothing_of(ORDER),
        "amount_fees": fees,
        "amount_subtotal": subtotal,
        "amount_total": subtotal + fees,
        "beneficiary": params.get("beneficiary"),
        "confirmed_at": call.now,
        "created": call.now,
        "currency": "usd",
        "delivery_details": [],
        "expected_delivery_year": _product(call, params["product"])["delivery_year"],
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "metric_tons": str(tons),
        "product": params["product"],
        "status": "confirmed",
    }
    row = call.add(ORDER, body)
    emit(call, f"{ORDER}.created", row.body)
    return show_plain(call, row)


def update_order(call: Call, params: Body, order_id: str) -> Body:
    """Name somebody else as the one an order is for."""
    row = find(call, ORDER, order_id, noun="climate order")
    change(row, params, [name for name in ("beneficiary",) if name in params])
    call.tx.save(row)
    return show_plain(call, row)


def cancel_order(call: Call, params: Body, order_id: str) -> Body:
    """Cancel an order that was not delivered."""
    del params
    row = find(call, ORDER, order_id, noun="climate order")
    if row.body["status"] in ("canceled", "delivered"):
        raise invalid(f"This order is {row.body['status']}.")
    row.body.update(status="canceled", canceled_at=call.now, cancellation_reason="requested")
    call.tx.save(row)
    emit(call, f"{ORDER}.canceled", row.body)
    return show_plain(call, row)


_ALL: Final = "/v1/climate/orders"
_BENEFICIARY = {"beneficiary": {"public_name": ANY}, "metadata": ANY}
OPERATIONS = {
    f"POST {_ALL}": Operation(
        create_order, {**_BENEFICIARY, "amount": ANY, "currency": ANY, "metric_tons": ANY, "product": ANY}
    ),
    f"GET {_ALL}": Operation(list_of(ORDER, _ALL), PAGED),
    f"GET {_ALL}/{{order}}": Operation(retrieve_of(ORDER, noun="climate order")),
    f"POST {_ALL}/{{order}}": Operation(update_order, _BENEFICIARY),
    f"POST {_ALL}/{{order}}/cancel": Operation(cancel_order),
    "GET /v1/climate/products": Operation(list_products, PAGED),
    "GET /v1/climate/products/{product}": Operation(retrieve_product),
    "GET /v1/climate/suppliers": Operation(list_suppliers, PAGED),
    "GET /v1/climate/suppliers/{supplier}": Operation(retrieve_supplier),
}
