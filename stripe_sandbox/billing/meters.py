"""Meters, their events as they come in by API v1 and v2, and what they have counted."""

from datetime import datetime
from typing import Final

from stripe_sandbox.billing.alerts import check_alerts
from stripe_sandbox.billing.usage import EVENT, METER, cancel, counted, events_of, record
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import rfc3339
from stripe_sandbox.http.listing import page_of
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.http.steps import Step
from stripe_sandbox.ids import random_text
from stripe_sandbox.store import Row

_MINUTE_S: Final = 60
_WINDOWS_S: Final = {"hour": 3_600, "day": 86_400}
_STREAM_MAX: Final = 100
_SESSION_S: Final = 15 * 60


def _body(call: Call, params: Body) -> Body:
    name = params["event_name"]
    where = "account = ? AND body ->> '$.event_name' = ? AND body ->> '$.status' = 'active'"
    if call.tx.find(METER, where, (call.account, name)):
        message = f"An active meter already exists with the event_name {name[:100]}."
        raise invalid(message, param="event_name", code="resource_already_exists")
    return {
        "customer_mapping": params.get("customer_mapping")
        or {"event_payload_key": "stripe_customer_id", "type": "by_id"},
        "default_aggregation": params["default_aggregation"],
        "display_name": params["display_name"],
        "event_name": name,
        "event_time_window": params.get("event_time_window"),
        "status": "active",
        "status_transitions": {"deactivated_at": None},
        "updated": call.now,
        "value_settings": params.get("value_settings") or {"event_payload_key": "value"},
    }


def _stamp(call: Call, row: Row, params: Body) -> None:
    del params
    row.body["updated"] = call.now


def _stop(call: Call, row: Row, params: Body) -> None:
    _stamp(call, row, params)
    row.body["status_transitions"]["deactivated_at"] = call.now


def _go_on(call: Call, row: Row, params: Body) -> None:
    _stamp(call, row, params)
    where = "account = ? AND body ->> '$.event_name' = ? AND body ->> '$.status' = 'active' AND id <> ?"
    if call.tx.find(METER, where, (call.account, row.body["event_name"], row.id)):
        raise invalid("Another active meter has this event_name.", code="resource_already_exists")
    row.body["status_transitions"]["deactivated_at"] = None


def _kept(call: Call, given: Body) -> Row:
    row = record(call, given)
    check_alerts(call, row)
    return row


def create_event(call: Call, params: Body) -> Body:
    """Keep one event."""
    return {name: value for name, value in _kept(call, params).body.items() if name != "id"}


def create_event_v2(call: Call, params: Body) -> Body:
    """Keep one event of API v2, whose time is text."""
    body = _kept(call, _of_v2(params)).body
    shown = {name: body[name] for name in ("event_name", "identifier", "livemode", "payload")}
    times = {name: rfc3339(body[name]) for name in ("created", "timestamp")}
    return {"object": f"v2.{EVENT}", **shown, **times}


def _of_v2(params: Body) -> Body:
    if "timestamp" not in params:
        return params
    try:
        moment = datetime.fromisoformat(params["timestamp"])
    except ValueError as wrong:
        raise invalid("timestamp must be a time as of RFC 3339.", param="timestamp") from wrong
    return {**params, "timestamp": int(moment.timestamp())}


def create_stream(call: Call, params: Body) -> Body:
    """Keep many events at once: all of them, or none."""
    if not 1 <= len(params["events"]) <= _STREAM_MAX:
        raise invalid(f"events must hold 1 to {_STREAM_MAX} events.", param="events")
    for each in params["events"]:
        _kept(call, _of_v2(each))
    return {}


def create_session(call: Call, params: Body) -> Body:
    """Give a token for a stream of events; the sandbox takes the key as well."""
    del params
    return {
        "id": f"mes_test_{random_text(24)}",
        "object": "v2.billing.meter_event_session",
        "authentication_token": random_text(48),
        "created": rfc3339(call.now),
        "expires_at": rfc3339(call.now + _SESSION_S),
        "livemode": False,
    }


def adjust(call: Call, params: Body) -> Body:
    """Take an event back."""
    identifier = cancel(call, params)
    return {
        "object": "billing.meter_event_adjustment",
        "cancel": {"identifier": identifier},
        "event_name": params["event_name"],
        "livemode": False,
        "status": "complete",
        "type": "cancel",
    }


def adjust_v2(call: Call, params: Body) -> Body:
    """Take an event back, in the manner of API v2."""
    more = {"id": f"mtr_adj_test_{random_text(24)}", "created": rfc3339(call.now)}
    return {**adjust(call, params), **more, "object": "v2.billing.meter_event_adjustment"}


def list_summaries(call: Call, params: Body, meter_id: str) -> Body:
    """Give what a meter has counted of a customer: in all of a span, or in each hour or day of it."""
    meter, start, end = find(call, METER, meter_id, noun="meter"), params["start_time"], params["end_time"]
    customer = find(call, "customer", params["customer"], param="customer", status=400)
    width = _WINDOWS_S.get(params.get("value_grouping_window", ""))
    for name in ("start_time", "end_time"):
        if params[name] % (width or _MINUTE_S):
            raise invalid(f"{name} must be aligned with the boundaries of the window.", param=name)
    if end <= start:
        raise invalid("end_time must be after start_time.", param="end_time")
    spans = [(at, at + width) for at in range(start, end, width)] if width else [(start, end)]
    events = events_of(call, meter, customer.id, start, end)
    data = [_summary(meter, [each for each in events if low <= each.body["timestamp"] < high], low, high)
            for low, high in reversed(spans)]  # fmt: skip
    url = f"/v1/billing/meters/{meter.id}/event_summaries"
    return page_of(url, [each for each in data if each is not None], params, kind="meter event summary")


def _summary(meter: Row, events: list[Row], start: int, end: int) -> Body | None:
    if not events:
        return None
    return {
        "id": f"mtrusg_test_{meter.id[-8:]}_{start}_{end}",
        "object": "billing.meter_event_summary",
        "aggregated_value": float(counted(meter, events)),
        "end_time": end,
        "livemode": False,
        "meter": meter.id,
        "start_time": start,
    }


_METERS = Resource(
    kind=METER, url="/v1/billing/meters", name="id", body=_body, merge=_stamp, noun="meter", lists=PAGED,
    takes={
        "customer_mapping": {"event_payload_key": ANY, "type": ANY}, "default_aggregation": {"formula": ANY},
        "display_name": ANY, "event_name": ANY, "event_time_window": ANY, "value_settings": {"event_payload_key": ANY},
    },
    changes={"display_name": ANY}, plain=("display_name",), filters=("status",),
    told=("created", "updated", "deactivated", "reactivated"),
    steps=(
        Step(to="inactive", came_from=("active",), path="deactivate", told="deactivated", does=_stop),
        Step(to="active", came_from=("inactive",), path="reactivate", told="reactivated", does=_go_on),
    ),
)  # fmt: skip
_EVENT = {"event_name": ANY, "identifier": ANY, "payload": ANY, "timestamp": ANY}
_ADJUSTMENT = {"event_name": ANY, "type": ANY, "cancel": {"identifier": ANY}}
_SUMMARY = {**PAGED, "customer": ANY, "start_time": ANY, "end_time": ANY, "value_grouping_window": ANY}
OPERATIONS = {
    **_METERS.operations(),
    "GET /v1/billing/meters/{id}/event_summaries": Operation(list_summaries, _SUMMARY),
    "POST /v1/billing/meter_events": Operation(create_event, _EVENT),
    "POST /v1/billing/meter_event_adjustments": Operation(adjust, _ADJUSTMENT),
    "POST /v2/billing/meter_events": Operation(create_event_v2, _EVENT),
    "POST /v2/billing/meter_event_adjustments": Operation(adjust_v2, _ADJUSTMENT),
    "POST /v2/billing/meter_event_session": Operation(create_session),
    "POST /v2/billing/meter_event_stream": Operation(create_stream, {"events": _EVENT}),
}
