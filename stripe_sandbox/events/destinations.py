"""Event destinations of API v2: where events are sent, whole (`snapshot`) or as a notice to look (`thin`).

Source: docs.stripe.com/event-destinations.
"""

from typing import Any, Final

import stripe

from stripe_sandbox.addresses import check_url
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing, not_built
from stripe_sandbox.events.write import ACCOUNTS, DESTINATION, OWN, add_thin, rfc3339, send, show_event
from stripe_sandbox.http.listing import list_v2
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.ids import random_text
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import PLATFORM, Row

_SECRET: Final = "webhook_endpoint.signing_secret"  # noqa: S105 - the name of a member, not a secret
_URL: Final = "webhook_endpoint.url"


def create_destination(call: Call, params: Body) -> Body:
    """Create a destination. Only this answer shows its signing secret, and only if `include` asks for it."""
    if "webhook_endpoint" not in params:
        raise invalid("webhook_endpoint is required for this type.", param="webhook_endpoint", code="parameter_missing")
    payload, version = params["event_payload"], params.get("snapshot_api_version")
    if payload == "thin" and version is not None:
        raise invalid("snapshot_api_version is for snapshot events only.", param="snapshot_api_version")
    if version not in (None, stripe.api_version):
        raise not_built(f"events in an API version other than {stripe.api_version}")
    sources = params.get("events_from") or [OWN]
    for source in sources:
        if source not in (OWN, ACCOUNTS):
            raise not_built(f"events_from={source[:40]}")
    now = rfc3339(call.now)
    body: Body = {
        "amazon_eventbridge": None,
        "azure_event_grid": None,
        "created": now,
        "description": params.get("description", ""),
        "enabled_events": _events(params["enabled_events"], payload),
        "event_payload": payload,
        "events_from": sources,
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "name": params["name"],
        "snapshot_api_version": stripe.api_version if payload == "snapshot" else None,
        "status": "enabled",
        "status_details": None,
        "type": "webhook_endpoint",
        "updated": now,
    }
    hidden = {"url": _address(params), "secret": f"whsec_{random_text(32)}"}
    return _show(call.add(DESTINATION, body, account=PLATFORM, hidden=hidden), params)


def _address(params: Body) -> str:
    return check_url(params["webhook_endpoint"]["url"], param="webhook_endpoint.url")


def _events(wanted: list[str], payload: str) -> list[str]:
    if not wanted:
        raise invalid("You must specify at least one event type.", param="enabled_events")
    for name in wanted:
        is_thin = name.startswith(("v1.", "v2."))
        if name != "*" and is_thin != (payload == "thin"):
            raise invalid(f"{name[:80]} is not an event of {payload} payload.", param="enabled_events")
    return wanted


def _show(row: Row, params: Body) -> Body:
    include = params.get("include", [])
    endpoint: Body | None = None
    if include:
        endpoint = {
            "signing_secret": row.hidden["secret"] if _SECRET in include else None,
            "url": row.hidden["url"] if _URL in include else None,
        }
    return {**row.body, "webhook_endpoint": endpoint}


def _find(call: Call, destination_id: str) -> Row:
    row = call.tx.get(destination_id, DESTINATION, PLATFORM)
    if row is None:
        raise missing("event destination", destination_id)
    return row


def retrieve_destination(call: Call, params: Body, destination_id: str) -> Body:
    """Give one destination."""
    return _show(_find(call, destination_id), params)


def list_destinations(call: Call, params: Body) -> Body:
    """Give a page of destinations."""
    return list_v2(call, DESTINATION, params, "/v2/core/event_destinations", lambda row: _show(row, params))


def update_destination(call: Call, params: Body, destination_id: str) -> Body:
    """Change name, description, events, address or metadata of a destination."""
    row = _find(call, destination_id)
    for name in ("name", "description"):
        if name in params:
            row.body[name] = params[name]
    if "enabled_events" in params:
        row.body["enabled_events"] = _events(params["enabled_events"], row.body["event_payload"])
    if "webhook_endpoint" in params:
        row.hidden["url"] = _address(params)
    # API v2 takes a key away with null where v1 takes an empty text.
    given: dict[str, Any] = params.get("metadata") or {}
    row.body["metadata"] = merge_metadata(row.body["metadata"], {key: value or "" for key, value in given.items()})
    return _save(call, row, params)


def _save(call: Call, row: Row, params: Body) -> Body:
    row.body["updated"] = rfc3339(call.now)
    call.tx.save(row)
    return _show(row, params)


def enable_destination(call: Call, params: Body, destination_id: str) -> Body:
    """Send events there again."""
    row = _find(call, destination_id)
    row.body.update(status="enabled", status_details=None)
    return _save(call, row, params)


def disable_destination(call: Call, params: Body, destination_id: str) -> Body:
    """Send no more events there; what is under way still arrives."""
    row = _find(call, destination_id)
    row.body.update(status="disabled", status_details={"disabled": {"reason": "user"}})
    return _save(call, row, params)


def delete_destination(call: Call, params: Body, destination_id: str) -> Body:
    """Delete a destination together with what was still to be delivered to it."""
    del params
    row = _find(call, destination_id)
    call.tx.sql("DELETE FROM deliveries WHERE endpoint_id = ? AND state = 'pending'", (row.id,))
    call.tx.delete(row)
    return {"id": row.id, "object": DESTINATION}


def ping_destination(call: Call, params: Body, destination_id: str) -> Body:
    """Send a ping to this destination only, whatever events it listens to."""
    del params
    row = _find(call, destination_id)
    if row.body["status"] != "enabled":
        raise invalid("You cannot ping a disabled event destination.", param="id")
    related = (row.id, DESTINATION, f"/v2/core/event_destinations/{row.id}")
    event = add_thin(call, "v2.core.event_destination.ping", related)
    send(call, event, [row.id])
    return show_event(call, event)


_CHANGES = {
    "name": ANY, "description": ANY, "enabled_events": ANY, "metadata": ANY, "include": ANY,
    "webhook_endpoint": {"url": ANY},
}  # fmt: skip
_CREATES = {
    **_CHANGES, "event_payload": ANY, "events_from": ANY, "snapshot_api_version": ANY, "type": ("webhook_endpoint",),
}  # fmt: skip
_ALL = "/v2/core/event_destinations"
OPERATIONS = {
    f"POST {_ALL}": Operation(create_destination, _CREATES),
    f"GET {_ALL}": Operation(list_destinations, {"limit": ANY, "include": ANY, "page": ANY}),
    f"GET {_ALL}/{{id}}": Operation(retrieve_destination, {"include": ANY}),
    f"POST {_ALL}/{{id}}": Operation(update_destination, _CHANGES),
    f"DELETE {_ALL}/{{id}}": Operation(delete_destination),
    f"POST {_ALL}/{{id}}/enable": Operation(enable_destination),
    f"POST {_ALL}/{{id}}/disable": Operation(disable_destination),
    f"POST {_ALL}/{{id}}/ping": Operation(ping_destination),
}
