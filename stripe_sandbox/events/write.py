"""Events: written in the transaction of the fact they tell, and queued for every endpoint that asked for them."""

import copy
import json
import time
from datetime import UTC, datetime
from typing import Any

import stripe

from stripe_sandbox.call import Body, Call
from stripe_sandbox.store import PLATFORM, Row

THIN = "v2.core.event"


def rfc3339(seconds: int) -> str:
    """Give a time as API v2 writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def emit(call: Call, event_type: str, body: Body, *, account: str = PLATFORM, previous: Body | None = None) -> Row:
    """Tell that something happened to a v1 object. `account` is the connected account it happened on."""
    payload: Body = {
        "api_version": stripe.api_version,
        "created": call.now,
        "data": {"object": copy.deepcopy(body)},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": call.request_id, "idempotency_key": call.idempotency_key},
        "type": event_type,
    }
    if previous is not None:
        payload["data"]["previous_attributes"] = previous
    if account != PLATFORM:
        payload["account"] = account
    event = call.add("event", payload, account=account)
    _queue(call, event, scope="connect" if account != PLATFORM else "platform")
    return event


def emit_thin(
    call: Call, event_type: str, *, related: tuple[str, str, str] | None = None, facts: Body | None = None
) -> Row:
    """Tell that something happened to a v2 object; `related` is its id, type and address."""
    payload: Body = {
        "created": rfc3339(call.now),
        "livemode": False,
        "type": event_type,
        "context": None,
        "reason": None,
    }
    if call.request_id:
        request = {"id": call.request_id, "idempotency_key": call.idempotency_key or ""}
        payload["reason"] = {"type": "request", "request": request}
    if related is not None:
        payload["related_object"] = dict(zip(("id", "type", "url"), related, strict=True))
    event = call.add(THIN, {**payload, **({"data": facts} if facts else {})})
    _queue(call, event, scope="thin")
    return event


def _queue(call: Call, event: Row, *, scope: str) -> None:
    """Queue the event for its endpoints, at the moment the switches of the control page allow."""
    switches = {each["name"]: json.loads(each["value"]) for each in call.tx.sql("SELECT name, value FROM switches")}
    delay_s = float(switches.get("delay_s", 0)) if switches.get("mode") == "delay" else 0.0
    copies = 2 if switches.get("mode") == "duplicate" else 1
    for endpoint in call.tx.find("webhook_endpoint", "body ->> '$.status' = 'enabled'"):
        if scope not in endpoint.hidden["scopes"] or not wants(endpoint.body["enabled_events"], event.body["type"]):
            continue
        for _ in range(copies):
            call.tx.sql(
                "INSERT INTO deliveries (event_id, endpoint_id, next_at) VALUES (?, ?, ?)",
                (event.id, endpoint.id, time.time() + delay_s),
            )
            call.tx.deliveries_added = True


def wants(patterns: list[str], event_type: str) -> bool:
    """Whether an endpoint or a list asked for this type: its name, a group like `charge.*`, or `*`."""
    return any(
        pattern in ("*", event_type) or (pattern.endswith(".*") and event_type.startswith(pattern[:-1]))
        for pattern in patterns
    )


def show_event(call: Call, row: Row) -> Body:
    """Give an event with the number of its deliveries that are still to come."""
    if row.kind == THIN:
        return dict(row.body)
    found = call.tx.sql("SELECT count(*) AS open FROM deliveries WHERE event_id = ? AND state = 'pending'", (row.id,))
    return {**row.body, "pending_webhooks": found[0]["open"]}


def wire_body(event: Row, pending: int) -> str:
    """Give the text a delivery sends: all of a snapshot event, only the envelope of a thin one."""
    body: dict[str, Any] = dict(event.body)
    if event.kind == THIN:
        body.pop("data", None)
    else:
        body["pending_webhooks"] = pending
    return json.dumps(body, separators=(",", ":"))
