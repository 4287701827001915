"""Subscriptions paused and resumed, and moved to the flexible billing mode.

Source: docs.stripe.com/billing/subscriptions/pause. A paused subscription is not renewed and not billed.
"""

from typing import Final

from stripe_sandbox.billing.changes import credit
from stripe_sandbox.billing.clock_time import at_clock
from stripe_sandbox.billing.cycle import bill_now, start_period
from stripe_sandbox.billing.periods import after
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find, show_plain
from stripe_sandbox.store import Row

_KIND: Final = "subscription"


def pause_subscription(call: Call, params: Body, subscription_id: str) -> Body:
    """Pause a subscription now; what is unused of its period is credited if `bill_for` asks for it."""
    sub = find(call, _KIND, subscription_id, param="subscription")
    if sub.body["status"] not in ("active", "trialing", "past_due"):
        raise invalid(f"This subscription is {sub.body['status']} and cannot be paused.")
    since = params.get("bill_for", {}).get("unused_time_from", {}).get("type", "none")
    with at_clock(call, sub.body["test_clock"]):
        now, was = call.now, sub.body["status"]
        if since == "item_current_period_start":
            call.now = sub.body["items"]["data"][0]["current_period_start"]
        for item in sub.body["items"]["data"] if since != "none" and was == "active" else []:
            credit(call, sub, item, -1, "Unused time on")
        call.now = now
        if params.get("invoicing_behavior") == "invoice":
            bill_now(call, sub, "subscription_update")
        sub.body["status"] = "paused"
        sub.hidden["due"] = None
        call.tx.save(sub)
        emit(call, "customer.subscription.paused", sub.body, previous={"status": was})
    return show_plain(call, sub)


def resume_subscription(call: Call, params: Body, subscription_id: str) -> Body:
    """Let a paused subscription go on: with a new period that is billed now, or in the rhythm it had."""
    sub = find(call, _KIND, subscription_id, param="subscription")
    if sub.body["status"] != "paused":
        raise invalid(f"This subscription is {sub.body['status']}, not paused.")
    with at_clock(call, sub.body["test_clock"]):
        sub.body["status"] = "active"
        if params.get("billing_cycle_anchor", {}).get("type", "now") == "now":
            _begin_anew(call, sub)
        else:
            _catch_up(call, sub, params.get("proration_behavior", "create_prorations"))
        if sub.body["status"] == "past_due" and params.get("payment_behavior") == "resume_on_payment_success":
            sub.body["status"] = "paused"
            sub.hidden["due"] = None
        call.tx.save(sub)
        if sub.body["status"] != "paused":
            emit(call, "customer.subscription.resumed", sub.body, previous={"status": "paused"})
    return show_plain(call, sub)


def _begin_anew(call: Call, sub: Row) -> None:
    every = sub.body["items"]["data"][0]["price"]["recurring"]
    sub.body["billing_cycle_anchor"] = call.now
    start_period(call, sub, "subscription_update", (call.now, after(call.now, every)))


def _catch_up(call: Call, sub: Row, behaviour: str) -> None:
    """Go on in the period the old rhythm is in; what remains of one that nobody has paid is charged."""
    items = sub.body["items"]["data"]
    start, end = items[0]["current_period_start"], items[0]["current_period_end"]
    if end > call.now:
        sub.hidden["due"] = end
        return
    while end <= call.now:
        start, end = end, after(end, items[0]["price"]["recurring"])
    for each in items:
        each.update(current_period_start=start, current_period_end=end)
        if behaviour != "none":
            credit(call, sub, each, 1, "Remaining time on")
    sub.hidden["due"] = end
    call.tx.save(sub)
    if behaviour == "always_invoice":
        bill_now(call, sub, "subscription_update")


def migrate_subscription(call: Call, params: Body, subscription_id: str) -> Body:
    """Move a subscription to the flexible billing mode, from which there is no way back."""
    sub = find(call, _KIND, subscription_id, param="subscription")
    if sub.body["billing_mode"]["type"] == "flexible":
        raise invalid("This subscription uses the flexible billing mode already.", param="billing_mode[type]")
    discounts = params["billing_mode"].get("flexible", {}).get("proration_discounts", "included")
    before = sub.body["billing_mode"]
    mode = {"flexible": {"proration_discounts": discounts}, "type": "flexible", "updated_at": call.now}
    sub.body["billing_mode"] = mode
    call.tx.save(sub)
    emit(call, "customer.subscription.updated", sub.body, previous={"billing_mode": before})
    return show_plain(call, sub)


_ONE = "/v1/subscriptions/{subscription}"
_BILL_FOR = {"outstanding_usage_through": {"type": ("none",)}, "unused_time_from": {"type": ANY}}
_MODE = {"type": ANY, "flexible": {"proration_discounts": ANY}}
OPERATIONS = {
    f"POST {_ONE}/pause": Operation(
        pause_subscription, {"bill_for": _BILL_FOR, "invoicing_behavior": ANY, "type": ("subscription",)}
    ),
    f"POST {_ONE}/resume": Operation(
        resume_subscription, {"billing_cycle_anchor": {"type": ANY}, "payment_behavior": ANY, "proration_behavior": ANY}
    ),
    f"POST {_ONE}/migrate": Operation(migrate_subscription, {"billing_mode": _MODE}),
}
