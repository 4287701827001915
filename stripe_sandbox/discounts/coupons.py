"""Coupons and the codes that stand for them. Source: docs.stripe.com/billing/subscriptions/coupons."""

from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, find
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.ids import random_text
from stripe_sandbox.store import Row

COUPON: Final = "coupon"
CODE: Final = "promotion_code"
_ON_DEMAND: Final = ("applies_to", "currency_options")


def _coupon_body(call: Call, params: Body) -> Body:
    chosen = params.get("id")
    if chosen and call.tx.get(chosen):
        raise invalid("Coupon already exists.", param="id", code="resource_already_exists")
    if ("percent_off" in params) == ("amount_off" in params):
        raise invalid("You must pass exactly one of amount_off or percent_off.", param="percent_off")
    percent, amount = params.get("percent_off"), params.get("amount_off")
    if percent is not None and not 0 < percent <= 100:
        raise invalid("percent_off must be above 0 and at most 100.", param="percent_off")
    if amount is not None and (amount < 1 or "currency" not in params):
        raise invalid("amount_off must be a positive integer with a currency.", param="currency")
    duration, months = params.get("duration", "once"), params.get("duration_in_months")
    if (duration == "repeating") != (months is not None):
        raise invalid("You must pass duration_in_months with duration=repeating only.", param="duration_in_months")
    if "redeem_by" in params and params["redeem_by"] <= call.now:
        raise invalid("Redeem by dates must be in the future.", param="redeem_by")
    names = ("applies_to", "max_redemptions", "name", "redeem_by")
    body: Body = {
        **{name: params.get(name) for name in names},
        "amount_off": amount,
        "currency": check_currency(params["currency"]) if amount is not None else None,
        "duration": duration,
        "duration_in_months": months,
        "metadata": {},
        "percent_off": percent,
        "times_redeemed": 0,
        "valid": True,
    }
    return body | ({"id": chosen} if chosen else {})


def show_coupon(call: Call, row: Row) -> Body:
    """Give a coupon, and whether it may be redeemed now."""
    shown = {name: value for name, value in row.body.items() if name not in _ON_DEMAND}
    return {**shown, "valid": is_valid(call, row)}


def products_of(call: Call, row: Row) -> Any:
    """Give the products a coupon is for, which it shows only when asked."""
    del call
    return row.body["applies_to"]


def is_valid(call: Call, row: Row) -> bool:
    """Whether a coupon may be redeemed: it was not deleted, has time left, and redemptions too."""
    body = row.body
    in_time = body["redeem_by"] is None or body["redeem_by"] > call.now
    some_left = body["max_redemptions"] is None or body["times_redeemed"] < body["max_redemptions"]
    return in_time and some_left and not row.hidden.get("deleted")


def _code_body(call: Call, params: Body) -> Body:
    promotion = params["promotion"]
    if "coupon" not in promotion:
        raise invalid("Missing required param: promotion[coupon].", param="promotion[coupon]", code="parameter_missing")
    coupon = find(call, COUPON, promotion["coupon"], param="promotion[coupon]", status=400)
    if params.get("customer"):
        find(call, "customer", params["customer"], param="customer", status=400)
    code = params.get("code") or random_text(8).upper()
    _must_be_free(call, code, params.get("customer"))
    _must_fit(call, coupon, params)
    given = params.get("restrictions", {})
    return {
        "active": params.get("active", True),
        "code": code,
        "customer": params.get("customer"),
        "expires_at": params.get("expires_at"),
        "max_redemptions": params.get("max_redemptions"),
        "metadata": {},
        "promotion": {"coupon": coupon.id, "type": "coupon"},
        "restrictions": {
            "first_time_transaction": given.get("first_time_transaction", False),
            "minimum_amount": given.get("minimum_amount"),
            "minimum_amount_currency": given.get("minimum_amount_currency"),
        },
        "times_redeemed": 0,
    }


def _must_fit(call: Call, coupon: Row, params: Body) -> None:
    if "expires_at" in params and params["expires_at"] <= call.now:
        raise invalid("The expiration timestamp must be in the future.", param="expires_at")
    given = params.get("restrictions", {})
    if ("minimum_amount" in given) != ("minimum_amount_currency" in given):
        raise invalid("A minimum amount needs its currency.", param="restrictions[minimum_amount_currency]")
    most, of_coupon = params.get("max_redemptions"), coupon.body["max_redemptions"]
    if most is not None and of_coupon is not None and most > of_coupon:
        raise invalid("A code cannot be redeemed more often than its coupon.", param="max_redemptions")


def _must_be_free(call: Call, code: str, customer: str | None) -> None:
    for other in call.tx.find(CODE, "account = ? AND lower(body ->> '$.code') = lower(?)", (call.account, code)):
        # Two customers may have the same code of their own; one that is for everybody leaves no room for another.
        if other.body["active"] and (None in (customer, other.body["customer"]) or customer == other.body["customer"]):
            message = f"An active promotion code with `code: {code}` already exists."
            raise invalid(message, param="code", code="resource_already_exists")


def is_open(call: Call, row: Row) -> bool:
    """Whether a code may be redeemed, which also takes a valid coupon."""
    body, coupon = row.body, call.tx.get(row.body["promotion"]["coupon"], COUPON)
    in_time = body["expires_at"] is None or body["expires_at"] > call.now
    some_left = body["max_redemptions"] is None or body["times_redeemed"] < body["max_redemptions"]
    return bool(body["active"]) and in_time and some_left and coupon is not None and is_valid(call, coupon)


def show_code(call: Call, row: Row) -> Body:
    """Give a code; one that cannot be redeemed any more is not active."""
    return {**row.body, "active": is_open(call, row)}


def _merge_code(call: Call, row: Row, params: Body) -> None:
    if params.get("active") and not row.body["active"]:
        _must_be_free(call, row.body["code"], row.body["customer"])


def _list_codes(call: Call, params: Body) -> Body:
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("active", "code", "customer")}
    filters["coupon"] = "body ->> '$.promotion.coupon' = ?"
    return list_objects(call, CODE, params, "/v1/promotion_codes", show_code, filters=filters)


_COUPONS = Resource(
    kind=COUPON, url="/v1/coupons", name="coupon", body=_coupon_body, show=show_coupon, deletes=True,
    takes=dict.fromkeys(
        ("id", "amount_off", "currency", "duration", "duration_in_months", "max_redemptions", "name", "percent_off",
         "redeem_by"), ANY,
    ) | {"applies_to": {"products": ANY}},
    changes={"name": ANY}, plain=("name",), told=("created", "updated", "deleted"),
)  # fmt: skip
_CODES = Resource(
    kind=CODE, url="/v1/promotion_codes", name="promotion_code", body=_code_body, show=show_code, merge=_merge_code,
    takes={
        **dict.fromkeys(("active", "code", "customer", "expires_at", "max_redemptions"), ANY),
        "promotion": {"type": ANY, "coupon": ANY},
        "restrictions": {"first_time_transaction": ANY, "minimum_amount": ANY, "minimum_amount_currency": ANY},
    },
    changes={"active": ANY}, plain=("active",), told=("created", "updated"), noun="promotion code",
)  # fmt: skip
_CODE_LIST = {**DATED, "active": ANY, "code": ANY, "coupon": ANY, "customer": ANY}
OPERATIONS = {
    **_COUPONS.operations(),
    **_CODES.operations(),
    "GET /v1/promotion_codes": Operation(_list_codes, _CODE_LIST),
}
