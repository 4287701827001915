"""Discounts: a coupon redeemed by somebody for something, and what it takes off."""

from collections.abc import Sequence
from typing import Any, Final

from stripe_sandbox.billing.periods import after
from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import half_up
from stripe_sandbox.discounts.coupons import CODE, COUPON, is_open, is_valid
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.operation import ANY
from stripe_sandbox.http.plain import find
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "discount"
TAKES: Final = {"coupon": ANY, "promotion_code": ANY, "discount": ANY}
_MAX: Final = 20


def redeem(
    call: Call, given: Any, *, customer: str | None, currency: str, path: str = "discounts", amount: int | None = None,
    **about: str,
) -> list[Row]:  # fmt: skip
    """Make the discounts of coupons and codes; raises 400 for one that cannot be redeemed for this.

    `about` names what they are for: `subscription`, `invoice`, `invoice_item` or `checkout_session`. `count` them when
    they have been used.
    """
    if not isinstance(given, list):
        return []
    if len(given) > _MAX:
        raise invalid(f"You can give at most {_MAX} discounts.", param=path)
    return [
        _discount(call, each, f"{path}[{place}]", customer, currency, amount, about) for place, each in enumerate(given)
    ]


def _discount(
    call: Call, given: Body, path: str, customer: str | None, currency: str, amount: int | None, about: Body
) -> Row:
    if len(given) != 1:
        raise invalid(f"You must specify exactly one of coupon, promotion_code or discount in {path}.", param=path)
    if "discount" in given:
        return find(call, KIND, given["discount"], param=f"{path}[discount]", status=400)
    code = _code(call, given["promotion_code"], path, customer, amount) if "promotion_code" in given else None
    coupon_id = code.body["promotion"]["coupon"] if code else given["coupon"]
    coupon = find(call, COUPON, coupon_id, param=f"{path}[coupon]", status=400)
    if not is_valid(call, coupon):
        raise invalid(f"Coupon expired: {coupon.id}", param=f"{path}[coupon]", code="coupon_expired")
    if coupon.body["currency"] not in (None, currency):
        message = f"The coupon {coupon.id} is in {coupon.body['currency']}, but what it is for is in {currency}."
        raise invalid(message, param=f"{path}[coupon]")
    months = coupon.body["duration_in_months"]
    body: Body = {
        **nothing_of(KIND),
        **about,
        "customer": customer,
        "end": after(call.now, {"interval": "month", "interval_count": months}) if months else None,
        "promotion_code": code.id if code else None,
        "source": {"coupon": coupon.id, "type": "coupon"},
        "start": call.now,
    }
    return call.add(KIND, body)


def _code(call: Call, code_id: str, path: str, customer: str | None, amount: int | None) -> Row:
    param = f"{path}[promotion_code]"
    code = find(call, CODE, code_id, noun="promotion code", param=param, status=400)
    if not is_open(call, code):
        raise invalid(
            f"This promotion code cannot be redeemed because it is not active: {code.body['code']}", param=param
        )
    if code.body["customer"] not in (None, customer):
        raise invalid("This promotion code belongs to another customer.", param=param)
    rules = code.body["restrictions"]
    if rules["first_time_transaction"] and customer and _has_paid(call, customer):
        raise invalid("This promotion code is for customers who have not paid before.", param=param)
    if rules["minimum_amount"] is not None and amount is not None and amount < rules["minimum_amount"]:
        raise invalid(f"This promotion code is for purchases of {rules['minimum_amount']} and more.", param=param)
    return code


def _has_paid(call: Call, customer: str) -> bool:
    paid = "body ->> '$.customer' = ? AND body ->> '$.status' = 'succeeded'"
    return bool(call.tx.find("charge", paid, (customer,)))


def count(call: Call, discounts: Sequence[Row]) -> None:
    """Note that these discounts were used: their coupons and codes have one redemption less."""
    for discount in discounts:
        for object_id in (discount.body["source"]["coupon"], discount.body["promotion_code"]):
            row = call.tx.get(object_id) if object_id else None
            if row is not None:
                row.body["times_redeemed"] += 1
                call.tx.save(row)


def rows_of(call: Call, ids: Sequence[str]) -> list[Row]:
    """Give the discounts of these ids that are in force now."""
    rows = [call.tx.get(each, KIND) for each in ids]
    return [row for row in rows if row is not None and (row.body["end"] is None or row.body["end"] > call.now)]


def is_once(call: Call, discount: Row) -> bool:
    """Whether a discount is for one payment only."""
    coupon = call.tx.get(discount.body["source"]["coupon"], COUPON)
    return coupon is not None and coupon.body["duration"] == "once"


def take_off(call: Call, discounts: Sequence[Row], parts: Sequence[tuple[int, str | None]]) -> list[list[int]]:
    """Give what each discount, one after the other, takes off each part of `(amount, product)`; in minor units.

    A percentage is rounded half up for each part; a fixed amount is split by what is left of them and ends exactly.
    """
    left = [max(amount, 0) for amount, _ in parts]
    taken: list[list[int]] = []
    for discount in discounts:
        coupon = call.tx.get(discount.body["source"]["coupon"], COUPON)
        assert coupon is not None, "a discount names a coupon that was there"
        only = (coupon.body["applies_to"] or {}).get("products")
        fits = [only is None or product in only for _, product in parts]
        off = _shares(coupon.body, [amount if fit else 0 for amount, fit in zip(left, fits, strict=True)])
        left = [amount - each for amount, each in zip(left, off, strict=True)]
        taken.append(off)
    return taken


def _shares(coupon: Body, amounts: list[int]) -> list[int]:
    if coupon["percent_off"] is not None:
        return [half_up(amount * round(coupon["percent_off"] * 100), 10_000) for amount in amounts]
    whole = sum(amounts)
    off, shares, passed, given = min(coupon["amount_off"], whole), list[int](), 0, 0
    for amount in amounts:
        passed += amount
        now = half_up(off * passed, whole) if whole else 0
        shares.append(now - given)
        given = now
    return shares
