"""Events: written in the transaction of the fact they tell, and queued for every endpoint that asked for them."""

import copy
import json
import random
import time
from datetime import UTC, datetime
from typing import Any, Final

import stripe
from stripe._stripe_object import StripeObject
from stripe.events._event_classes import get_v2_event_class

from stripe_sandbox.call import Body, Call
from stripe_sandbox.events.homes import HOMES
from stripe_sandbox.store import PLATFORM, Row

THIN = "v2.core.event"
DESTINATION: Final = "v2.core.event_destination"
OWN: Final = "@self"
ACCOUNTS: Final = "@accounts"
_DROPPED: Final = ("given_up", "dropped on purpose")
_draw = random.Random(0)  # noqa: S311 - the order of deliveries, not a secret


def rfc3339(seconds: int) -> str:
    """Give a time as API v2 writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def emit(call: Call, event_type: str, body: Body, *, account: str | None = None, previous: Body | None = None) -> Row:
    """Tell that something happened to a v1 object, on the account of the call unless another `account` is given."""
    account = call.account if account is None else account
    if event_type.startswith("customer.subscription."):
        call.touched.add((account, body["customer"]))
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
    source = OWN if account == PLATFORM else ACCOUNTS
    snapshots = _destinations(call, "snapshot", event_type, source)
    send(call, event, _endpoints(call, event_type, "connect" if account != PLATFORM else "platform") + snapshots)
    _emit_twin(call, event, account, source)
    return event


def emit_thin(
    call: Call, event_type: str, *, related: tuple[str, str, str] | None = None, facts: Body | None = None
) -> Row:
    """Tell that something happened to a v2 object; `related` is its id, type and address."""
    event = add_thin(call, event_type, related, facts=facts)
    # A v2 account is another account than the platform's, so what happens to it comes from the accounts.
    source = ACCOUNTS if event_type.startswith("v2.core.account") else OWN
    send(call, event, _endpoints(call, event_type, "thin") + _destinations(call, "thin", event_type, source))
    return event


def add_thin(
    call: Call, event_type: str, related: tuple[str, str, str] | None, *, facts: Body | None = None,
    context: str | None = None, snapshot: str | None = None,
) -> Row:  # fmt: skip
    """Store a thin event without sending it anywhere."""
    payload: Body = {
        "created": rfc3339(call.now),
        "livemode": False,
        "type": event_type,
        "context": context,
        "reason": None,
    }
    if call.request_id:
        request = {"id": call.request_id, "idempotency_key": call.idempotency_key or ""}
        payload["reason"] = {"type": "request", "request": request}
    if snapshot:
        payload["snapshot_event"] = snapshot
    if related is not None:
        payload["related_object"] = dict(zip(("id", "type", "url"), related, strict=True))
    return call.add(THIN, {**payload, **({"data": facts} if facts else {})}, account=PLATFORM)


def _emit_twin(call: Call, event: Row, account: str, source: str) -> None:
    """Tell the same as a thin event, if the SDK knows it as one and a destination has asked for it."""
    event_type, about = f"v1.{event.body['type']}", event.body["data"]["object"]
    listening = _destinations(call, "thin", event_type, source)
    home = HOMES.get(str(about["object"]))
    if not listening or home is None or get_v2_event_class(event_type) is StripeObject:
        return
    related = (about["id"], about["object"], home.format(**about))
    send(call, add_thin(call, event_type, related, context=account or None, snapshot=event.id), listening)


def _endpoints(call: Call, event_type: str, scope: str) -> list[str]:
    return [
        each.id
        for each in call.tx.find("webhook_endpoint", "body ->> '$.status' = 'enabled'")
        if scope in each.hidden["scopes"] and wants(each.body["enabled_events"], event_type)
    ]


def _destinations(call: Call, payload: str, event_type: str, source: str) -> list[str]:
    where = "body ->> '$.status' = 'enabled' AND body ->> '$.event_payload' = ?"
    return [
        each.id
        for each in call.tx.find(DESTINATION, where, (payload,))
        if source in each.body["events_from"] and wants(each.body["enabled_events"], event_type)
    ]


def send(call: Call, event: Row, receivers: list[str]) -> None:
    """Queue the event for these endpoints and destinations, at the moment the switches of the control page allow."""
    switches = {each["name"]: json.loads(each["value"]) for each in call.tx.sql("SELECT name, value FROM switches")}
    mode, delay_s = switches.get("mode", "on"), float(switches.get("delay_s", 0))
    wait_s = delay_s if mode == "delay" else 0.0
    if mode == "reorder":
        # An event is overtaken by those that come soon after it and wait less.
        wait_s = _draw.uniform(0, delay_s)
    for receiver in receivers * (2 if mode == "duplicate" else 1):
        call.tx.sql(
            "INSERT INTO deliveries (event_id, endpoint_id, next_at, state, last_error) VALUES (?, ?, ?, ?, ?)",
            (event.id, receiver, time.time() + wait_s, *(_DROPPED if mode == "drop" else ("pending", None))),
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
