"""Products and their prices, one-time and recurring."""

from typing import Any

from stripe_sandbox.addresses import check_url
from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency, check_step
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.searching import TAKES as SEARCH
from stripe_sandbox.http.searching import Fields, search_of
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row

_AMOUNT_MAX = 99_999_999
_PRODUCT = {
    "name": ANY, "description": ANY, "active": ANY, "metadata": ANY, "images": ANY, "url": ANY, "tax_code": ANY,
    "shippable": ANY, "unit_label": ANY, "statement_descriptor": ANY, "marketing_features": {"name": ANY},
}  # fmt: skip
_PRODUCT_DATA = {"name": ANY, "description": ANY, "images": ANY, "metadata": ANY, "tax_code": ANY, "unit_label": ANY}
RECURRING = {"interval": ANY, "interval_count": ANY, "usage_type": ANY, "meter": ANY}
PRICE_DATA = {
    "recurring": RECURRING, "currency": ANY, "unit_amount": ANY, "product": ANY, "product_data": _PRODUCT_DATA,
    "tax_behavior": ANY,
}  # fmt: skip
_PRICE = {
    **PRICE_DATA, "product_data": {**_PRODUCT_DATA, "active": ANY, "id": ANY, "statement_descriptor": ANY},
    "active": ANY, "metadata": ANY, "nickname": ANY, "lookup_key": ANY, "billing_scheme": ("per_unit",),
}  # fmt: skip


def show(call: Call, row: Row) -> Body:
    """Give an object as it is stored."""
    del call
    return dict(row.body)


def create_product(call: Call, params: Body) -> Body:
    """Create a product; its id may be chosen."""
    chosen = params.get("id")
    if chosen and call.tx.get(chosen):
        raise invalid(f"Product already exists: {chosen}", param="id", code="resource_already_exists")
    name = params.get("name", "").strip()
    if not name:
        raise invalid("You passed an empty string for 'name'.", param="name", code="parameter_invalid_empty")
    default_price = params.get("default_price_data")
    row = call.add("product", _product_body(call, params, name) | ({"id": chosen} if chosen else {}))
    emit(call, "product.created", row.body, account=call.account)
    if default_price:
        price = create_price(call, {**default_price, "product": row.id})
        row.body["default_price"] = price["id"]
        call.tx.save(row)
    return show(call, row)


def _product_body(call: Call, params: Body, name: str) -> Body:
    if params.get("url"):
        check_url(params["url"], param="url")
    return {
        "active": params.get("active", True),
        "created": call.now,
        "default_price": None,
        "description": params.get("description") or None,
        "images": params.get("images") or [],
        "livemode": False,
        "marketing_features": params.get("marketing_features") or [],
        "metadata": merge_metadata({}, params.get("metadata")),
        "name": name,
        "package_dimensions": None,
        "shippable": params.get("shippable"),
        "statement_descriptor": params.get("statement_descriptor"),
        "tax_code": params.get("tax_code"),
        "type": "service",
        "unit_label": params.get("unit_label"),
        "updated": call.now,
        "url": params.get("url"),
    }


def update_product(call: Call, params: Body, product_id: str) -> Body:
    """Change a product."""
    row = _find(call, "product", product_id)
    before = dict(row.body)
    if params.get("default_price"):
        price = _find(call, "price", params["default_price"], param="default_price", status=400)
        if price.body["product"] != row.id:
            raise invalid("The price specified does not belong to this product.", param="default_price")
    return _change(call, row, before, params, "product.updated", {"updated": call.now})


def delete_product(call: Call, params: Body, product_id: str) -> Body:
    """Delete a product that has no prices."""
    del params
    row = _find(call, "product", product_id)
    if call.tx.find("price", "body ->> '$.product' = ?", (row.id,)):
        raise invalid("This product cannot be deleted because it has one or more user-created prices.")
    call.tx.delete(row)
    emit(call, "product.deleted", row.body, account=call.account)
    return {"id": row.id, "object": "product", "deleted": True}


def create_price(call: Call, params: Body) -> Body:
    """Create a price of a product, or of a new product given with it."""
    if ("product" in params) == ("product_data" in params):
        raise invalid("You must specify either `product` or `product_data` when creating a price.", param="product")
    if "unit_amount" not in params:
        message = "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set."
        raise invalid(message, param="unit_amount", code="parameter_missing")
    currency = check_currency(params["currency"])
    amount = params["unit_amount"]
    if not 0 <= amount <= _AMOUNT_MAX:
        raise invalid("Invalid unit_amount: must be between 0 and 99999999.", param="unit_amount")
    check_step(amount, currency, param="unit_amount")
    if "product_data" in params:
        product_id = create_product(call, params["product_data"])["id"]
    else:
        product_id = _find(call, "product", params["product"], param="product", status=400).id
    _check_lookup_key(call, params.get("lookup_key"))
    row = call.add("price", _price_body(call, params, product_id, amount, currency))
    emit(call, "price.created", row.body, account=call.account)
    return show(call, row)


def _check_lookup_key(call: Call, key: str | None) -> None:
    if key and call.tx.find("price", "account = ? AND body ->> '$.lookup_key' = ?", (call.account, key)):
        message = f"A price already uses that lookup key: {key[:60]}"
        raise invalid(message, param="lookup_key", code="resource_already_exists")


def _price_body(call: Call, params: Body, product_id: str, amount: int, currency: str) -> Body:
    return {
        **({"id": params["id"]} if "id" in params else {}),  # a plan's id may be chosen
        "active": params.get("active", True),
        "billing_scheme": "per_unit",
        "created": call.now,
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": params.get("lookup_key"),
        "metadata": merge_metadata({}, params.get("metadata")),
        "nickname": params.get("nickname"),
        "product": product_id,
        "recurring": _recurring(call, params.get("recurring")),
        "tax_behavior": params.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if params.get("recurring") else "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }


def _recurring(call: Call, given: Body | None) -> Body | None:
    if given is None:
        return None
    metered = given.get("usage_type") == "metered"
    if metered != ("meter" in given):
        message = "Prices with `usage_type=metered` must be backed by a meter, and only they can be."
        raise invalid(message, param="recurring[meter]")
    if metered:
        _find(call, "billing.meter", given["meter"], param="recurring[meter]", status=400)
    count = given.get("interval_count", 1)
    longest = {"day": 1095, "week": 156, "month": 36, "year": 3}[given["interval"]]
    if not 1 <= count <= longest:
        raise invalid("The billing interval is at most three years.", param="recurring[interval_count]")
    return {
        "interval": given["interval"],
        "interval_count": count,
        "meter": given.get("meter"),
        "trial_period_days": None,
        "usage_type": "metered" if metered else "licensed",
    }


def update_price(call: Call, params: Body, price_id: str) -> Body:
    """Change what may change on a price: never its amount."""
    row = _find(call, "price", price_id)
    if params.get("lookup_key") != row.body["lookup_key"]:
        _check_lookup_key(call, params.get("lookup_key"))
    return _change(call, row, dict(row.body), params, "price.updated", {})


def _change(call: Call, row: Row, before: Body, params: Body, event: str, stamp: Body) -> Body:
    for key, value in params.items():
        if key == "metadata":
            row.body["metadata"] = merge_metadata(row.body["metadata"], value)
        elif key != "expand":
            row.body[key] = value if value != "" else [] if isinstance(before[key], list) else None
    row.body.update(stamp)
    call.tx.save(row)
    previous = {key: value for key, value in before.items() if row.body[key] != value}
    emit(call, event, row.body, account=call.account, previous=previous)
    return show(call, row)


def _find(call: Call, kind: str, object_id: str, *, param: str = "id", status: int = 404) -> Row:
    row = call.tx.get(object_id, kind, call.account)
    if row is None:
        raise missing(kind, object_id, param=param, status=status)
    return row


def retrieve_product(call: Call, params: Body, product_id: str) -> Body:
    """Give one product."""
    del params
    return show(call, _find(call, "product", product_id))


def retrieve_price(call: Call, params: Body, price_id: str) -> Body:
    """Give one price."""
    del params
    return show(call, _find(call, "price", price_id))


def list_products(call: Call, params: Body) -> Body:
    """Give a page of products."""
    where, values = _in_ids(params.get("ids"))
    filters = {"active": "body ->> '$.active' = ?"}
    return list_objects(call, "product", params, "/v1/products", show, filters=filters, where=where, values=values)


def list_prices(call: Call, params: Body) -> Body:
    """Give a page of prices."""
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("active", "product", "currency", "type")}
    where, values = "TRUE", ()
    if keys := params.get("lookup_keys"):
        where, values = f"body ->> '$.lookup_key' IN ({','.join('?' * len(keys))})", tuple(keys)
    return list_objects(call, "price", params, "/v1/prices", show, filters=filters, where=where, values=values)


def _in_ids(ids: list[str] | None) -> tuple[str, tuple[Any, ...]]:
    return (f"id IN ({','.join('?' * len(ids))})", tuple(ids)) if ids else ("TRUE", ())


_PRODUCT_FIELDS = Fields(tokens=("active", "shippable", "url"), texts=("description", "name"))
_PRICE_FIELDS = Fields(tokens=("active", "currency", "lookup_key", "product", "type"))
PAGED = {"limit": ANY, "starting_after": ANY, "ending_before": ANY, "created": ANY}
_PRICE_LIST = {**PAGED, "active": ANY, "product": ANY, "currency": ANY, "type": ANY, "lookup_keys": ANY}
OPERATIONS = {
    "POST /v1/products": Operation(create_product, {**_PRODUCT, "id": ANY, "default_price_data": PRICE_DATA}),
    "GET /v1/products": Operation(list_products, {**PAGED, "active": ANY, "ids": ANY}),
    "GET /v1/products/search": Operation(search_of("product", "/v1/products", _PRODUCT_FIELDS), SEARCH),
    "GET /v1/prices/search": Operation(search_of("price", "/v1/prices", _PRICE_FIELDS), SEARCH),
    "GET /v1/products/{id}": Operation(retrieve_product),
    "POST /v1/products/{id}": Operation(update_product, {**_PRODUCT, "default_price": ANY}),
    "DELETE /v1/products/{id}": Operation(delete_product),
    "POST /v1/prices": Operation(create_price, _PRICE),
    "GET /v1/prices": Operation(list_prices, _PRICE_LIST),
    "GET /v1/prices/{price}": Operation(retrieve_price),
    "POST /v1/prices/{price}": Operation(
        update_price, {"active": ANY, "metadata": ANY, "nickname": ANY, "lookup_key": ANY, "tax_behavior": ANY}
    ),
}
