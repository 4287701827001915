"""Subscription schedules: subscriptions that begin later, change at fixed days, and end.

Source: docs.stripe.com/billing/subscriptions/subscription-schedules. All prices of a schedule have one interval.
"""

from typing import Any, Final

from stripe_sandbox.billing.begin import card_of, create_subscription
from stripe_sandbox.billing.changes import change_items
from stripe_sandbox.billing.clock_time import at_clock
from stripe_sandbox.billing.cycle import LIVE, end, renew_due
from stripe_sandbox.billing.phases import SCHEDULE, phase_at, phase_of, read_phases
from stripe_sandbox.billing.reductions import set_discounts
from stripe_sandbox.call import APPLICATION_ID, Body, Call
from stripe_sandbox.discounts.redeem import TAKES as DISCOUNTS
from stripe_sandbox.errors import ApiFailure, invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, find, retrieve_of, show_plain
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

_OPEN: Final = ("not_started", "active")
_WARNED_S: Final = 7 * 86_400
_MOMENTS: Final = ("canceled_at", "completed_at", "released_at")


def create_schedule(call: Call, params: Body) -> Body:
    """Plan a subscription for a customer, or what becomes of one that runs."""
    if "from_subscription" in params:
        return _adopt(call, params)
    if "customer" not in params:
        raise invalid("Missing required param: customer.", param="customer", code="parameter_missing")
    customer = find(call, "customer", params["customer"], param="customer", status=400)
    with at_clock(call, customer.body["test_clock"]):
        given = params.get("start_date", "now")
        start = call.now if given == "now" else given
        if start < call.now:
            raise invalid("start_date must not be in the past.", param="start_date")
        settings = params.get("default_settings", {})
        card_of(call, customer, settings.get("default_payment_method"))
        phases = read_phases(call, params.get("phases", []), start)
        body = _body(call, params, customer.id, phases) | {"test_clock": customer.body["test_clock"]}
        row = call.add(SCHEDULE, body, hidden={"due": start})
        emit(call, f"{SCHEDULE}.created", row.body)
        if start == call.now:
            _advance(call, row)
    return show_plain(call, row)


def _body(call: Call, params: Body, customer: str, phases: list[Body]) -> Body:
    return {
        **nothing_of(SCHEDULE),
        "application": APPLICATION_ID if call.is_direct else None,
        "billing_mode": {"flexible": None, "type": "classic"},
        "created": call.now,
        "customer": customer,
        "default_settings": _settings(params.get("default_settings", {})),
        "end_behavior": params.get("end_behavior", "release"),
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "pause_schedules": [],
        "phases": phases,
        "status": "not_started",
    }


def _settings(given: Body) -> Body:
    return {
        "application_fee_percent": given.get("application_fee_percent"),
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": "automatic",
        "billing_thresholds": None,
        "collection_method": "charge_automatically",
        "default_payment_method": given.get("default_payment_method"),
        "description": given.get("description"),
        "invoice_settings": {
            "account_tax_ids": None, "custom_fields": None, "days_until_due": None, "description": None,
            "footer": None, "issuer": {"type": "self"},
        },
        "on_behalf_of": None,
        "transfer_data": None,
    }  # fmt: skip


def _adopt(call: Call, params: Body) -> Body:
    others = set(params) - {"from_subscription", "metadata", "expand"}
    if others:
        raise invalid(f"You cannot set {sorted(others)[0]} with `from_subscription`.", param=sorted(others)[0])
    sub = find(call, "subscription", params["from_subscription"], param="from_subscription", status=400)
    if sub.body["schedule"] or sub.body["status"] not in LIVE:
        raise invalid("This subscription has ended, or has a schedule already.", param="from_subscription")
    with at_clock(call, sub.body["test_clock"]):
        phase = phase_of(sub.body)
        body = _body(call, params, sub.body["customer"], [phase])
        body |= {"status": "active", "subscription": sub.id, "test_clock": sub.body["test_clock"]}
        row = call.add(SCHEDULE, body, hidden={"due": phase["end_date"]})
        _enter(row, phase)
        call.tx.save(row)
        sub.body["schedule"] = row.id
        call.tx.save(sub)
        emit(call, f"{SCHEDULE}.created", row.body)
    return show_plain(call, row)


def _enter(row: Row, phase: Body) -> None:
    row.body["current_phase"] = {"end_date": phase["end_date"], "start_date": phase["start_date"]}
    row.hidden["due"] = phase["end_date"]
    if phase is row.body["phases"][-1] and phase["end_date"] - _WARNED_S > phase["start_date"]:
        row.hidden["due"] = phase["end_date"] - _WARNED_S


def run_due(call: Call, *, clock: str | None = None) -> int:
    """Do what schedules and subscriptions have due by now, in the order of its moments; gives how much that was."""
    done, now = 0, call.now
    where = "hidden ->> '$.due' <= ? AND body ->> '$.test_clock' IS ?"
    while due := call.tx.find(SCHEDULE, where, (now, clock)):
        row = min(due, key=lambda each: int(each.hidden["due"]))
        call.now = max(row.hidden["due"] - 1, 0)
        done += renew_due(call, clock=clock) + 1
        call.now = row.hidden["due"]
        fresh = call.tx.get(row.id, SCHEDULE)
        if fresh is not None and fresh.hidden["due"]:
            with call.on(row.account):
                _advance(call, fresh)
    call.now = now
    return done + renew_due(call, clock=clock)


def _advance(call: Call, row: Row) -> None:
    """Do what a schedule has due at this moment."""
    phase = phase_at(row, call.now)
    if phase is None:
        _end(call, row)
        return
    before = row.body["current_phase"]
    if before is not None and before["start_date"] == phase["start_date"]:
        row.hidden["due"] = phase["end_date"]
        call.tx.save(row)
        emit(call, f"{SCHEDULE}.expiring", row.body)
        return
    try:
        _start(call, row, phase) if row.body["subscription"] is None else _change(call, row, phase)
    except ApiFailure:
        # Nobody is there to hear why: the customer has no card any more, or a price is gone.
        row.body.update(status="canceled", canceled_at=call.now, current_phase=None)
        row.hidden["due"] = None
        call.tx.save(row)
        emit(call, f"{SCHEDULE}.aborted", row.body)
        return
    row.body["status"] = "active"
    _enter(row, phase)
    call.tx.save(row)
    emit(call, f"{SCHEDULE}.updated", row.body)


def _start(call: Call, row: Row, phase: Body) -> None:
    asked: Body = {
        "customer": row.body["customer"],
        "items": [{"price": each["price"], "quantity": each["quantity"] or 1} for each in phase["items"]],
        "metadata": phase["metadata"],
        "discounts": [{name: value for name, value in each.items() if value} for each in phase["discounts"]],
        "description": phase["description"],
    }
    settings = row.body["default_settings"]
    percent = phase["application_fee_percent"] or settings["application_fee_percent"]
    optional = {
        "application_fee_percent": percent, "transfer_data": phase["transfer_data"],
        "default_payment_method": phase["default_payment_method"] or settings["default_payment_method"],
        "trial_end": phase["trial_end"] if (phase["trial_end"] or 0) > call.now else None,
    }  # fmt: skip
    asked |= {name: value for name, value in optional.items() if value}
    sub_id = create_subscription(call, asked)["id"]
    sub = find(call, "subscription", sub_id)
    sub.body["schedule"] = row.id
    call.tx.save(sub)
    row.body["subscription"] = sub_id


def _change(call: Call, row: Row, phase: Body) -> None:
    sub = find(call, "subscription", row.body["subscription"])
    known = {each["price"]["id"]: each for each in sub.body["items"]["data"]}
    wanted = {each["price"] for each in phase["items"]}
    given: list[Body] = []
    for each in phase["items"]:
        item = known.get(each["price"])
        if item is None:
            given.append({"price": each["price"], "quantity": each["quantity"] or 1})
        elif each["quantity"] is not None and item.get("quantity") != each["quantity"]:
            given.append({"id": item["id"], "quantity": each["quantity"]})
    given += [{"id": item["id"], "deleted": True} for price, item in known.items() if price not in wanted]
    if given:
        change_items(call, sub, given, phase["proration_behavior"])
    if phase["application_fee_percent"] is not None:
        sub.body["application_fee_percent"] = phase["application_fee_percent"]
    sub.body["metadata"] = {**sub.body["metadata"], **phase["metadata"]}
    asked = [{name: value for name, value in each.items() if value} for each in phase["discounts"]]
    if asked or sub.body["discounts"]:
        set_discounts(call, sub, asked)
    call.tx.save(sub)
    emit(call, "customer.subscription.updated", sub.body)


def _end(call: Call, row: Row) -> None:
    if row.body["end_behavior"] == "cancel":
        sub = call.tx.get(row.body["subscription"], "subscription")
        row.body.update(status="completed", completed_at=call.now, current_phase=None)
        row.hidden["due"] = None
        call.tx.save(row)
        if sub is not None and sub.body["status"] in LIVE:
            end(call, sub)
        emit(call, f"{SCHEDULE}.completed", row.body)
        return
    _release(call, row)


def _release(call: Call, row: Row) -> None:
    sub = call.tx.get(row.body["subscription"] or "", "subscription")
    row.body.update(
        status="released", released_at=call.now, released_subscription=row.body["subscription"], subscription=None,
        current_phase=None,
    )  # fmt: skip
    row.hidden["due"] = None
    call.tx.save(row)
    if sub is not None:
        sub.body["schedule"] = None
        call.tx.save(sub)
    emit(call, f"{SCHEDULE}.released", row.body)


def _open(call: Call, schedule_id: str, what: str) -> Row:
    row = find(call, SCHEDULE, schedule_id, noun="subscription schedule")
    if row.body["status"] not in _OPEN:
        message = f"You cannot {what} a subscription schedule that is currently in the `{row.body['status']}` status."
        raise invalid(message)
    return row


def release_schedule(call: Call, params: Body, schedule_id: str) -> Body:
    """Let go of a subscription: it runs on as it is."""
    del params
    row = _open(call, schedule_id, "release")
    with at_clock(call, row.body["test_clock"]):
        _release(call, row)
    return show_plain(call, row)


def cancel_schedule(call: Call, params: Body, schedule_id: str) -> Body:
    """Cancel a schedule, and its subscription at once."""
    del params
    row = _open(call, schedule_id, "cancel")
    with at_clock(call, row.body["test_clock"]):
        sub = call.tx.get(row.body["subscription"] or "", "subscription")
        row.body.update(status="canceled", canceled_at=call.now, current_phase=None)
        row.hidden["due"] = None
        call.tx.save(row)
        if sub is not None and sub.body["status"] in LIVE:
            end(call, sub)
        emit(call, f"{SCHEDULE}.canceled", row.body)
    return show_plain(call, row)


def update_schedule(call: Call, params: Body, schedule_id: str) -> Body:
    """Change what is planned. The phase of now stays the first one; its items may change, prorated as asked."""
    row = _open(call, schedule_id, "update")
    with at_clock(call, row.body["test_clock"]):
        row.body["end_behavior"] = params.get("end_behavior", row.body["end_behavior"])
        row.body["metadata"] = merge_metadata(row.body["metadata"] or {}, params.get("metadata"))
        if "default_settings" in params:
            row.body["default_settings"] = _settings(params["default_settings"])
        if "phases" in params:
            _replan(call, row, params)
        call.tx.save(row)
        emit(call, f"{SCHEDULE}.updated", row.body)
    return show_plain(call, row)


def _replan(call: Call, row: Row, params: Body) -> None:
    first: Any = params["phases"][0].get("start_date") if params["phases"] else None
    current = row.body["current_phase"]
    start = call.now if first == "now" else first or (current or row.body["phases"][0])["start_date"]
    if current is not None and start != current["start_date"]:
        raise invalid("The current phase must stay the first one, with its start_date.", param="phases[0][start_date]")
    row.body["phases"] = read_phases(call, params["phases"], start)
    phase = phase_at(row, call.now)
    if row.body["status"] == "not_started":
        row.hidden["due"] = start
        return
    if phase is None:
        raise invalid("The current phase must not have ended.", param="phases[0][end_date]")
    if "proration_behavior" in params:
        phase["proration_behavior"] = params["proration_behavior"]
    _change(call, row, phase)
    _enter(row, phase)


def list_schedules(call: Call, params: Body) -> Body:
    """Give a page of schedules, also by customer, by whether they have begun, or by when they ended."""
    wanted, conditions, values = dict(params), ["TRUE"], list[Any]()
    if "scheduled" in wanted:
        conditions.append(f"body ->> '$.status' {'=' if wanted.pop('scheduled') else '<>'} 'not_started'")
    for name in _MOMENTS:
        given = wanted.pop(name, None)
        for sign, moment in given.items() if isinstance(given, dict) else [("", given)] if given else []:
            compared = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "": "="}[sign]
            conditions.append(f"body ->> '$.{name}' {compared} ?")
            values.append(moment)
    filters = {"customer": "body ->> '$.customer' = ?"}
    return list_objects(
        call, SCHEDULE, wanted, "/v1/subscription_schedules", show_plain, filters=filters,
        where=" AND ".join(conditions), values=tuple(values),
    )  # fmt: skip


_SETTINGS = {
    **dict.fromkeys(("application_fee_percent", "default_payment_method", "description"), ANY),
    "collection_method": ("charge_automatically",),
}  # fmt: skip
_PHASE = {
    **dict.fromkeys(
        ("application_fee_percent", "currency", "default_payment_method", "description", "end_date", "metadata",
         "proration_behavior", "start_date", "trial", "trial_end"), ANY,
    ),
    "collection_method": ("charge_automatically",), "discounts": DISCOUNTS,
    "duration": {"interval": ANY, "interval_count": ANY}, "transfer_data": {"destination": ANY},
    "items": {"metadata": ANY, "price": ANY, "price_data": ANY, "quantity": ANY},
}  # fmt: skip
_CHANGES = {"default_settings": _SETTINGS, "end_behavior": ("cancel", "release"), "metadata": ANY, "phases": _PHASE}
_CREATES = {**_CHANGES, "customer": ANY, "from_subscription": ANY, "start_date": ANY}
_ALL = "/v1/subscription_schedules"
OPERATIONS = {
    f"POST {_ALL}": Operation(create_schedule, _CREATES),
    f"GET {_ALL}": Operation(
        list_schedules, {**DATED, "customer": ANY, "scheduled": ANY, **dict.fromkeys(_MOMENTS, ANY)}
    ),
    f"GET {_ALL}/{{schedule}}": Operation(retrieve_of(SCHEDULE, noun="subscription schedule")),
    f"POST {_ALL}/{{schedule}}": Operation(update_schedule, {**_CHANGES, "proration_behavior": ANY}),
    f"POST {_ALL}/{{schedule}}/cancel": Operation(cancel_schedule, {"invoice_now": (False,), "prorate": (False,)}),
    f"POST {_ALL}/{{schedule}}/release": Operation(release_schedule, {"preserve_cancel_date": (False,)}),
}
