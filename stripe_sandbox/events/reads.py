"""Events as the API gives them back."""

from typing import Any

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import THIN, show_event
from stripe_sandbox.http.listing import list_objects, list_v2
from stripe_sandbox.http.operation import ANY, Operation

_TYPES_MAX = 20
_COMPARE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def retrieve_event(call: Call, params: Body, event_id: str) -> Body:
    """Give one snapshot event."""
    del params
    row = call.tx.get(event_id, "event", call.account)
    if row is None:
        raise missing("event", event_id)
    return show_event(call, row)


def list_events(call: Call, params: Body) -> Body:
    """Give a page of events, also by type, group of types, time, or whether their deliveries succeeded."""
    if "type" in params and "types" in params:
        raise invalid("You may only specify one of these parameters: type, types.", param="types")
    types = params.get("types") or ([params["type"]] if "type" in params else [])
    if len(types) > _TYPES_MAX:
        raise invalid(f"types may hold at most {_TYPES_MAX} names.", param="types")
    conditions, values = ["TRUE"], list[Any]()
    if types:
        conditions.append("(" + " OR ".join(_type_condition(each, values) for each in types) + ")")
    if "delivery_success" in params:
        undelivered = "SELECT 1 FROM deliveries d WHERE d.event_id = objects.id AND d.state <> 'delivered'"
        conditions.append(f"{'NOT ' if params['delivery_success'] else ''}EXISTS ({undelivered})")
    return list_objects(
        call, "event", params, "/v1/events", show_event, where=" AND ".join(conditions), values=tuple(values)
    )


def _type_condition(pattern: str, values: list[Any]) -> str:
    if pattern == "*":
        return "TRUE"
    if pattern.endswith(".*"):
        values.append(pattern[:-1])
        return "instr(body ->> '$.type', ?) = 1"
    values.append(pattern)
    return "body ->> '$.type' = ?"


def retrieve_thin(call: Call, params: Body, event_id: str) -> Body:
    """Give one thin event with its facts."""
    del params
    row = call.tx.get(event_id, THIN)
    if row is None:
        raise missing("event", event_id)
    return show_event(call, row)


def list_thin(call: Call, params: Body) -> Body:
    """Give a page of thin events, newest first; the next page is an address."""
    conditions, values = ["TRUE"], list[Any]()
    if "object_id" in params:
        conditions.append("body ->> '$.related_object.id' = ?")
        values.append(params["object_id"])
    if types := params.get("types"):
        conditions.append(f"body ->> '$.type' IN ({','.join('?' * len(types))})")
        values += types
    for name, limit_text in params.get("created", {}).items():
        # Times in one format and zone sort as text.
        conditions.append(f"body ->> '$.created' {_COMPARE[name]} ?")
        values.append(limit_text)
    where = " AND ".join(conditions)
    return list_v2(call, THIN, params, "/v2/core/events", lambda row: show_event(call, row), where=where, values=values)


_LISTS = {"limit": ANY, "starting_after": ANY, "ending_before": ANY, "created": ANY}
OPERATIONS = {
    "GET /v1/events": Operation(list_events, {**_LISTS, "type": ANY, "types": ANY, "delivery_success": ANY}),
    "GET /v1/events/{id}": Operation(retrieve_event),
    "GET /v2/core/events": Operation(
        list_thin, {"limit": ANY, "object_id": ANY, "types": ANY, "created": ANY, "page": ANY}
    ),
    "GET /v2/core/events/{id}": Operation(retrieve_thin),
}
