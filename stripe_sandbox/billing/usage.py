"""What customers have used: meter events, counted by meters. Source: docs.stripe.com/billing/subscriptions/usage-based.

An event is counted at once, where Stripe takes a moment.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from stripe_sandbox.billing.clock_time import at_clock
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.ids import random_text
from stripe_sandbox.store import Row

METER: Final = "billing.meter"
EVENT: Final = "billing.meter_event"
_PAST_S: Final = 35 * 86_400
_FUTURE_S: Final = 5 * 60
_DAY_S: Final = 86_400


def active_meter(call: Call, event_name: str) -> Row:
    """Give the meter that counts events of this name; raises 400 when none does."""
    where = "account = ? AND body ->> '$.event_name' = ? AND body ->> '$.status' = 'active'"
    found = call.tx.find(METER, where, (call.account, event_name))
    if not found:
        raise invalid(f"No active meter found for event name '{event_name[:100]}'.", param="event_name")
    return found[0]


def record(call: Call, given: Body) -> Row:
    """Keep one event; raises 400 for one that no meter could count, or whose identifier was used already."""
    meter = active_meter(call, given["event_name"])
    payload = {key: str(value) for key, value in given["payload"].items()}
    customer_key = meter.body["customer_mapping"]["event_payload_key"]
    customer = call.tx.get(payload.get(customer_key, ""), "customer", call.account)
    if customer is None or customer.hidden.get("deleted"):
        raise invalid(f"The payload's {customer_key} names no customer.", param="payload")
    if meter.body["default_aggregation"]["formula"] != "count":
        _number(payload, meter.body["value_settings"]["event_payload_key"])
    identifier = given.get("identifier") or random_text(32)
    with at_clock(call, customer.body["test_clock"]):
        moment = given.get("timestamp", call.now)
        if not call.now - _PAST_S <= moment <= call.now + _FUTURE_S:
            raise invalid("The timestamp must be in the past 35 days and not in the future.", param="timestamp")
        if call.tx.find(EVENT, "account = ? AND body ->> '$.identifier' = ?", (call.account, identifier)):
            raise invalid(f"An event already exists with identifier {identifier}.", param="identifier")
        body: Body = {
            "id": f"mtrevt_{random_text(24)}",
            "created": call.now,
            "event_name": given["event_name"],
            "identifier": identifier,
            "livemode": False,
            "payload": payload,
            "timestamp": moment,
        }
        return call.add(EVENT, body, hidden={"meter": meter.id, "customer": customer.id})


def _number(payload: Body, key: str) -> Decimal:
    try:
        return Decimal(payload[key])
    except (KeyError, InvalidOperation) as wrong:
        raise invalid(f"The payload must have a number as {key}.", param="payload") from wrong


def cancel(call: Call, params: Body) -> str:
    """Take back an event of the last day, and give its identifier; raises 400 when there is none."""
    active_meter(call, params["event_name"])
    identifier = (params.get("cancel") or {}).get("identifier", "")
    where = "account = ? AND body ->> '$.event_name' = ? AND body ->> '$.identifier' = ?"
    found = call.tx.find(EVENT, where, (call.account, params["event_name"], identifier))
    if not found or found[0].hidden.get("canceled"):
        raise invalid(f"No event with identifier {identifier[:100]} was found.", param="cancel[identifier]")
    if found[0].created < call.now - _DAY_S:
        raise invalid("An event can be canceled within 24 hours only.", param="cancel[identifier]")
    found[0].hidden["canceled"] = True
    call.tx.save(found[0])
    return identifier


def events_of(call: Call, meter: Row, customer: str, start: int, end: int) -> list[Row]:
    """Give what a meter counts of a customer from `start` to before `end`, by the time of the events."""
    where = (
        "account = ? AND hidden ->> '$.meter' = ? AND hidden ->> '$.customer' = ? "
        "AND hidden ->> '$.canceled' IS NULL AND body ->> '$.timestamp' >= ? AND body ->> '$.timestamp' < ?"
    )
    found = call.tx.find(EVENT, where, (meter.account, meter.id, customer, start, end))
    return sorted(found, key=lambda each: each.body["timestamp"])


def counted(meter: Row, events: Sequence[Row]) -> Decimal:
    """Give what these events add up to by the formula of their meter: their sum, their number, or the last one."""
    formula, key = meter.body["default_aggregation"]["formula"], meter.body["value_settings"]["event_payload_key"]
    if formula == "count":
        return Decimal(len(events))
    values = [Decimal(each.body["payload"][key]) for each in events]
    return sum(values, Decimal(0)) if formula == "sum" else values[-1] if values else Decimal(0)


def used(call: Call, price: Body, customer: str, start: int, end: int) -> int:
    """Give how many units of a metered price a customer has used, whole ones, in a span of time."""
    meter = call.tx.get(price["recurring"]["meter"], METER)
    assert meter is not None, "a metered price names a meter that exists"
    return max(0, int(counted(meter, events_of(call, meter, customer, start, end))))


def fixed_amount(item: Body) -> int:
    """Give what an item of a subscription costs each period, whatever is used."""
    return 0 if is_metered(item["price"]) else int(item["price"]["unit_amount"]) * int(item["quantity"])


def is_metered(price: Body) -> bool:
    """Whether a price is paid by what was used."""
    return bool(price["recurring"]) and price["recurring"]["usage_type"] == "metered"
