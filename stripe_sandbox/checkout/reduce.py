"""Discounts of checkout sessions: what they take off the line items, and who learns of them."""

import copy
from collections.abc import Sequence

from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.items import total_of
from stripe_sandbox.checkout.taxed import tax_items, tax_of
from stripe_sandbox.currency import check_charge
from stripe_sandbox.discounts.coupons import CODE, is_open
from stripe_sandbox.discounts.redeem import count, redeem, rows_of, take_off
from stripe_sandbox.errors import ApiFailure, invalid
from stripe_sandbox.store import Row


def reduce_items(call: Call, params: Body, items: list[Body]) -> list[Row]:
    """Lower the items by the discounts asked for, and give these; raises 400 for one that cannot be redeemed."""
    given = params.get("discounts") or []
    if len(given) > 1:
        raise invalid("You can give one discount to a checkout session.", param="discounts")
    tax_items(items)
    if not given:
        return []
    made = redeem(call, given, customer=params.get("customer"), currency=items[0]["currency"], amount=total_of(items))
    taken = take_off(call, made, [(item["amount_subtotal"], item["price"]["product"]) for item in items])
    for place, item in enumerate(items):
        item["amount_discount"] = sum(off[place] for off in taken)
    tax_items(items)
    return made


def apply_code(call: Call, session: Row, text: str) -> str:
    """Take a promotion code the buyer typed, in place of one before; gives the words for one that cannot be used."""
    items, kept = session.hidden["items"], session.hidden.get("discounts", [])
    where = "account = ? AND lower(body ->> '$.code') = lower(?)"
    found = [row for row in call.tx.find(CODE, where, (call.account, text)) if is_open(call, row)]
    fitting = [row for row in found if row.body["customer"] in (None, session.body["customer"])]
    if not fitting:
        return "This code is invalid."
    asked = {"discounts": [{"promotion_code": fitting[-1].id}], "customer": session.body["customer"]}
    whole, priced = session.body["amount_subtotal"], copy.deepcopy(items)
    for item in priced:
        item.update(amount_discount=0, amount_total=item["amount_subtotal"])
    try:
        made = reduce_items(call, asked, priced)
        due = total_of(priced) + session.body["total_details"]["amount_shipping"]
        if due:
            check_charge(due, session.body["currency"])
        elif session.body["mode"] == "subscription":
            return "This code cannot be used for a subscription that would begin for nothing."
    except ApiFailure as refused:
        return refused.message
    session.hidden["items"] = priced
    session.body["amount_total"] = due
    note_discounts(call, session, made)
    session.body["amount_subtotal"] = whole
    for discount_id in kept:
        if old := call.tx.get(discount_id):
            call.tx.delete(old)
    call.tx.save(session)
    return ""


def note_discounts(call: Call, session: Row, discounts: Sequence[Row]) -> None:
    """Write on a session what was taken off, and by what."""
    if not discounts:
        return
    items = session.hidden["items"]
    session.hidden["discounts"] = [row.id for row in discounts]
    session.body["amount_subtotal"] = sum(item["amount_subtotal"] for item in items)
    session.body["total_details"]["amount_tax"] = tax_of(items)
    session.body["total_details"]["amount_discount"] = sum(item["amount_discount"] for item in items)
    session.body["discounts"] = [
        {"coupon": row.body["source"]["coupon"], "promotion_code": row.body["promotion_code"]} for row in discounts
    ]
    for row in discounts:
        row.body["checkout_session"] = session.id
        call.tx.save(row)
    call.tx.save(session)


def count_discounts(call: Call, session: Row) -> None:
    """Note that a session was paid: its coupons and codes have been redeemed."""
    count(call, rows_of(call, session.hidden.get("discounts", [])))
