"""The phases of a subscription schedule: what is sold from when to when, as kept and as the API shows it."""

from typing import Any, Final

from stripe_sandbox.billing.periods import after
from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.items import price_items
from stripe_sandbox.errors import invalid, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row

SCHEDULE: Final = "subscription_schedule"
_PHASES_MAX: Final = 10
_RESTING: Final = (
    "automatic_tax", "billing_cycle_anchor", "billing_thresholds", "collection_method", "default_payment_method",
    "description", "invoice_settings", "on_behalf_of", "trial_end",
)  # fmt: skip


def read_phases(call: Call, given: list[Body], start: int) -> list[Body]:
    """Give the phases asked for, one after the other; raises 400 for one that ends before it begins.

    A phase lasts until its `end_date`, for its `duration`, or one interval of its prices.
    """
    if not 1 <= len(given) <= _PHASES_MAX:
        raise invalid(f"A schedule has 1 to {_PHASES_MAX} phases.", param="phases")
    phases: list[Body] = []
    for place, each in enumerate(given):
        path = f"phases[{place}]"
        phase = _phase(call, each, start, path)
        if place and phase["trial_end"]:
            raise not_built("trials of a later phase")
        if phase["end_date"] <= phase["start_date"]:
            raise invalid("The end of a phase must be after its start.", param=f"{path}[end_date]")
        phases.append(phase)
        start = phase["end_date"]
    if len({_every(call, phase) for phase in phases}) > 1:
        raise not_built("phases whose prices have different intervals")
    return phases


def _every(call: Call, phase: Body) -> tuple[Any, ...]:
    price = call.tx.get(phase["items"][0]["price"], "price")
    assert price is not None, "a phase names prices that exist"
    every = price.body["recurring"]
    return every["interval"], every["interval_count"]


def _phase(call: Call, given: Body, start: int, path: str) -> Body:
    items = price_items(call, [{"quantity": 1, **each} for each in given["items"]])
    if any(item["price"]["recurring"] is None for item in items):
        raise invalid("A phase takes prices with `type=recurring` only.", param=f"{path}[items]")
    every = {**items[0]["price"]["recurring"], **given.get("duration", {})}
    if "duration" in given:
        every["interval_count"] = given["duration"].get("interval_count", 1)
    end = given["end_date"] if isinstance(given.get("end_date"), int) else after(start, every)
    if given.get("end_date") == "now":
        end = call.now
    trial_end = end if given.get("trial") else given.get("trial_end")
    transfer = given.get("transfer_data")
    return {
        **{name: given.get(name) for name in _RESTING},
        "add_invoice_items": [],
        "application_fee_percent": given.get("application_fee_percent"),
        "currency": items[0]["currency"],
        "default_tax_rates": [],
        "discounts": [_discount(each) for each in given.get("discounts") or []],
        "end_date": end,
        "items": [_item(item, each) for item, each in zip(items, given["items"], strict=True)],
        "metadata": merge_metadata({}, given.get("metadata"), param=f"{path}[metadata]"),
        "proration_behavior": given.get("proration_behavior", "create_prorations"),
        "start_date": start,
        "transfer_data": {"amount_percent": None, "destination": transfer["destination"]} if transfer else None,
        "trial_end": call.now if trial_end == "now" else trial_end,
    }


def _discount(given: Body) -> Body:
    return {name: given.get(name) for name in ("coupon", "discount", "promotion_code")}


def _item(item: Body, given: Body) -> Body:
    price_id = item["price"]["id"]
    return {
        "billing_thresholds": None,
        "discounts": [],
        "metadata": given.get("metadata") or {},
        "plan": price_id,
        "price": price_id,
        "quantity": item.get("quantity"),
        "tax_rates": [],
    }


def phase_of(sub: Body) -> Body:
    """Give the phase a subscription is in, as the first one of a schedule made from it."""
    items = sub["items"]["data"]
    shown = [_item(item, {"metadata": item["metadata"]}) for item in items]
    return {
        **dict.fromkeys(_RESTING),
        "add_invoice_items": [],
        "application_fee_percent": sub["application_fee_percent"],
        "currency": sub["currency"],
        "default_tax_rates": [],
        "discounts": [{"coupon": None, "discount": each, "promotion_code": None} for each in sub["discounts"]],
        "end_date": items[0]["current_period_end"],
        "items": shown,
        "metadata": dict(sub["metadata"]),
        "proration_behavior": "create_prorations",
        "start_date": items[0]["current_period_start"],
        "transfer_data": sub["transfer_data"],
        "trial_end": sub["trial_end"],
    }


def phase_at(row: Row, moment: int) -> Body | None:
    """Give the phase a schedule is in at a moment."""
    phases: list[Body] = row.body["phases"]
    return next((each for each in phases if each["start_date"] <= moment < each["end_date"]), None)


def abort(call: Call, sub: Row) -> None:
    """Cancel the schedule of a subscription that has ended by itself."""
    row = call.tx.get(sub.body["schedule"], SCHEDULE)
    if row is None or row.body["status"] not in ("active", "not_started"):
        return
    row.body.update(status="canceled", canceled_at=call.now, current_phase=None)
    row.hidden["due"] = None
    call.tx.save(row)
    emit(call, f"{SCHEDULE}.aborted", row.body, account=row.account)
