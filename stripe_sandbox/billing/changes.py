"""The items of a subscription changed while it runs: what is unused is credited, what remains is charged.

Source: docs.stripe.com/billing/subscriptions/prorations. Shares are of seconds; prices keep the interval they have.
"""

import copy
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from stripe_sandbox.billing.bodies import item_body, plan_of
from stripe_sandbox.billing.clock_time import at_clock
from stripe_sandbox.billing.cycle import LIVE, bill_now
from stripe_sandbox.billing.usage import fixed_amount
from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.items import price_items
from stripe_sandbox.currency import half_up
from stripe_sandbox.errors import invalid, missing, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import page_of
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find
from stripe_sandbox.invoicing.items import new_item
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row

_MAX: Final = 20
BEHAVIOURS: Final = ("create_prorations", "none", "always_invoice")


def change_items(call: Call, sub: Row, given: Sequence[Body], behaviour: str | None) -> None:
    """Add, change or delete items; the caller saves the subscription and tells of it.

    `given` holds items with an `id` to change them, with `deleted` too to delete them, and new ones without.
    """
    if sub.body["status"] not in LIVE:
        raise invalid("A canceled subscription cannot be changed.", param="items")
    before = {each["id"]: copy.deepcopy(each) for each in _items(sub)}
    for place, each in enumerate(given):
        _apply(call, sub, each, f"items[{place}]")
    if not _items(sub):
        raise invalid("A subscription must have at least one active plan.", param="items")
    if len(_items(sub)) > _MAX:
        raise invalid(f"A subscription has at most {_MAX} items.", param="items")
    call.tx.save(sub)
    if behaviour != "none" and sub.body["status"] in ("active", "past_due"):
        _prorate(call, sub, before)
        if behaviour == "always_invoice":
            bill_now(call, sub, "subscription_update")


def _items(sub: Row) -> list[Body]:
    items: list[Body] = sub.body["items"]["data"]
    return items


def _apply(call: Call, sub: Row, given: Body, path: str) -> None:
    if "id" not in given:
        _items(sub).append(_fresh(call, sub, given, path))
        return
    item = next((each for each in _items(sub) if each["id"] == given["id"]), None)
    if item is None:
        raise missing("subscription item", given["id"], param=f"{path}[id]", status=400)
    if given.get("deleted"):
        _items(sub).remove(item)
        return
    if "price" in given or "price_data" in given:
        fresh = _fresh(call, sub, {"quantity": item.get("quantity", 1), **given}, path)
        item.update(price=fresh["price"], plan=plan_of(fresh["price"]))
        item.pop("quantity", None)
        item.update({"quantity": fresh["quantity"]} if "quantity" in fresh else {})
    if "quantity" in given:
        if given["quantity"] < 0:
            raise invalid("Invalid quantity.", param=f"{path}[quantity]")
        item["quantity"] = given["quantity"]
    item["metadata"] = merge_metadata(item["metadata"], given.get("metadata"))


def _fresh(call: Call, sub: Row, given: Body, path: str) -> Body:
    wanted = {name: given[name] for name in ("price", "price_data") if name in given}
    item = price_items(call, [{"quantity": given.get("quantity", 1), **wanted}])[0]
    price, known = item["price"], _items(sub)
    every = price["recurring"]
    if every is None:
        raise invalid("This field only accepts prices with `type=recurring`.", param=f"{path}[price]")
    if price["currency"] != sub.body["currency"]:
        raise invalid(f"The subscription is in {sub.body['currency']}.", param=f"{path}[price]")
    usual = known[0]["price"]["recurring"] if known else every
    if (every["interval"], every["interval_count"]) != (usual["interval"], usual["interval_count"]):
        raise not_built("prices of another interval on a running subscription")
    period = (known[0]["current_period_start"], known[0]["current_period_end"]) if known else (call.now, call.now)
    body = item_body(call, sub.id, item, period)
    body["metadata"] = merge_metadata({}, given.get("metadata"))
    return body


def _prorate(call: Call, sub: Row, before: dict[str, Body]) -> None:
    now = {each["id"]: each for each in _items(sub)}
    for item_id in {**before, **now}:
        old, new = before.get(item_id), now.get(item_id)
        if old and new and fixed_amount(old) == fixed_amount(new) and old["price"]["id"] == new["price"]["id"]:
            continue
        if old:
            credit(call, sub, old, -1, "Unused time on")
        if new:
            credit(call, sub, new, 1, "Remaining time on")


def credit(call: Call, sub: Row, item: Body, sign: int, words: str) -> None:
    """Let the next bill take back (`sign` -1) or charge what an item costs for the rest of its period."""
    start, end = item["current_period_start"], item["current_period_end"]
    share = half_up(fixed_amount(item) * max(end - call.now, 0), max(end - start, 1))
    if not share:
        return
    product = call.tx.get(item["price"]["product"], "product")
    name = product.body["name"] if product else item["price"]["product"]
    since = datetime.fromtimestamp(call.now, UTC)
    new_item(
        call,
        {
            "amount": sign * share,
            "currency": sub.body["currency"],
            "customer": sub.body["customer"],
            "description": f"{words} {item['quantity']} × {name} after {since.day} {since:%b %Y}",
            "discountable": False,
            "period": {"start": min(call.now, end), "end": end},
            "subscription": sub.id,
        },
        proration=True,
    )


def _of_item(call: Call, item_id: str) -> tuple[Row, Body]:
    holds = "account = ? AND EXISTS (SELECT 1 FROM json_each(body, '$.items.data') WHERE value ->> '$.id' = ?)"
    for sub in call.tx.find("subscription", holds, (call.account, item_id)):
        return sub, next(each for each in _items(sub) if each["id"] == item_id)
    raise missing("subscription_item", item_id, param="item")


def _changed(call: Call, sub: Row, given: Body, params: Body) -> None:
    with at_clock(call, sub.body["test_clock"]):
        before = copy.deepcopy(sub.body["items"])
        change_items(call, sub, [given], params.get("proration_behavior"))
        emit(call, "customer.subscription.updated", sub.body, account=call.account, previous={"items": before})


def create_item(call: Call, params: Body) -> Body:
    """Add an item to a subscription."""
    if "subscription" not in params:
        raise invalid("Missing required param: subscription.", param="subscription", code="parameter_missing")
    sub = find(call, "subscription", params["subscription"], param="subscription", status=400)
    _changed(call, sub, {name: value for name, value in params.items() if name in _TAKES}, params)
    return dict(_items(sub)[-1])


def update_item(call: Call, params: Body, item_id: str) -> Body:
    """Change the price or the quantity of an item."""
    sub, _ = _of_item(call, item_id)
    _changed(call, sub, {"id": item_id, **{name: value for name, value in params.items() if name in _TAKES}}, params)
    return dict(_of_item(call, item_id)[1])


def delete_item(call: Call, params: Body, item_id: str) -> Body:
    """Delete an item that is not the last one."""
    sub, _ = _of_item(call, item_id)
    _changed(call, sub, {"id": item_id, "deleted": True}, params)
    return {"id": item_id, "object": "subscription_item", "deleted": True}


def retrieve_item(call: Call, params: Body, item_id: str) -> Body:
    """Give one item."""
    del params
    return dict(_of_item(call, item_id)[1])


def list_items(call: Call, params: Body) -> Body:
    """Give a page of the items of a subscription."""
    sub = find(call, "subscription", params["subscription"], param="subscription", status=400)
    return page_of("/v1/subscription_items", _items(sub), params, kind="subscription_item")


_TAKES: Final[dict[str, Any]] = {"price": ANY, "price_data": ANY, "quantity": ANY, "metadata": ANY}
_CHANGES = {**_TAKES, "proration_behavior": BEHAVIOURS, "payment_behavior": ("allow_incomplete",)}
ITEMS: Final = {**_TAKES, "id": ANY, "deleted": ANY}
OPERATIONS = {
    "POST /v1/subscription_items": Operation(create_item, {**_CHANGES, "subscription": ANY}),
    "GET /v1/subscription_items": Operation(list_items, {**PAGED, "subscription": ANY}),
    "GET /v1/subscription_items/{item}": Operation(retrieve_item),
    "POST /v1/subscription_items/{item}": Operation(update_item, _CHANGES),
    "DELETE /v1/subscription_items/{item}": Operation(delete_item, {"proration_behavior": BEHAVIOURS}),
}
