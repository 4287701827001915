"""Discounts of subscriptions: given, replaced, taken away, and told of."""

from typing import Any

from stripe_sandbox.billing.usage import fixed_amount
from stripe_sandbox.call import Call
from stripe_sandbox.discounts.redeem import KIND, count, redeem
from stripe_sandbox.events.write import emit
from stripe_sandbox.store import Row


def set_discounts(call: Call, sub: Row, given: Any) -> None:
    """Let a subscription have these discounts and no others; the caller saves it."""
    before = list(sub.body["discounts"])
    amount = sum(fixed_amount(each) for each in sub.body["items"]["data"])
    made = redeem(
        call, given, customer=sub.body["customer"], currency=sub.body["currency"], amount=amount, subscription=sub.id
    )
    fresh = [row for row in made if row.id not in before]
    count(call, fresh)
    sub.body["discounts"] = [row.id for row in made]
    for row in fresh:
        emit(call, "customer.discount.created", row.body, account=call.account)
    for discount_id in before:
        gone = call.tx.get(discount_id, KIND) if discount_id not in sub.body["discounts"] else None
        if gone is not None:
            emit(call, "customer.discount.deleted", gone.body, account=call.account)


def take_over(call: Call, sub: Row, ids: list[str]) -> None:
    """Let a subscription have the discounts its checkout session was sold with; the caller saves it."""
    for discount_id in ids:
        row = call.tx.get(discount_id, KIND)
        if row is not None:
            row.body.update(subscription=sub.id, customer=sub.body["customer"])
            call.tx.save(row)
            emit(call, "customer.discount.created", row.body)
    sub.body["discounts"] = list(ids)
