"""Webhook endpoints: those made through the API and those given when the sandbox starts."""

import stripe

from stripe_sandbox.addresses import check_url
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing, not_built
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.ids import random_text
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import PLATFORM, Row

_KIND = "webhook_endpoint"


def create_endpoint(call: Call, params: Body) -> Body:
    """Create an endpoint; the answer is the only one that ever shows its secret."""
    if call.account != PLATFORM:
        raise not_built("webhook endpoints of connected accounts")
    if not params["enabled_events"]:
        raise invalid("You must specify at least one event type.", param="enabled_events")
    if params.get("api_version", stripe.api_version) != stripe.api_version:
        raise not_built(f"events in an API version other than {stripe.api_version}")
    secret = f"whsec_{random_text(32)}"
    scope = "connect" if params.get("connect") else "platform"
    row = call.add(_KIND, _body(call, params), hidden={"secret": secret, "scopes": [scope]})
    return {**show_endpoint(call, row), "secret": secret}


def _body(call: Call, params: Body) -> Body:
    return {
        "api_version": params.get("api_version"),
        "application": None,
        "created": call.now,
        "description": params.get("description"),
        "enabled_events": params["enabled_events"],
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "status": "enabled",
        "url": check_url(params["url"], param="url"),
    }


def update_endpoint(call: Call, params: Body, endpoint_id: str) -> Body:
    """Change an endpoint, or switch it off and on."""
    row = _find(call, endpoint_id)
    row.body["metadata"] = merge_metadata(row.body["metadata"], params.get("metadata"))
    if "url" in params:
        row.body["url"] = check_url(params["url"], param="url")
    if "disabled" in params:
        row.body["status"] = "disabled" if params["disabled"] else "enabled"
    for name in ("description", "enabled_events"):
        if name in params:
            row.body[name] = params[name] or None
    call.tx.save(row)
    return show_endpoint(call, row)


def delete_endpoint(call: Call, params: Body, endpoint_id: str) -> Body:
    """Delete an endpoint together with what was still to be delivered to it."""
    del params
    row = _find(call, endpoint_id)
    call.tx.sql("DELETE FROM deliveries WHERE endpoint_id = ? AND state = 'pending'", (row.id,))
    call.tx.delete(row)
    return {"id": row.id, "object": _KIND, "deleted": True}


def retrieve_endpoint(call: Call, params: Body, endpoint_id: str) -> Body:
    """Give one endpoint, without its secret."""
    del params
    return show_endpoint(call, _find(call, endpoint_id))


def list_endpoints(call: Call, params: Body) -> Body:
    """Give a page of endpoints."""
    return list_objects(call, _KIND, params, "/v1/webhook_endpoints", show_endpoint)


def show_endpoint(call: Call, row: Row) -> Body:
    """Give the endpoint as the API shows it."""
    del call
    return dict(row.body)


def _find(call: Call, endpoint_id: str) -> Row:
    row = call.tx.get(endpoint_id, _KIND, PLATFORM)
    if row is None:
        raise missing("webhook endpoint", endpoint_id, param="webhook_endpoint")
    return row


def keep_endpoint(call: Call, name: str, url: str | None, secret: str | None, scopes: list[str]) -> None:
    """Make the endpoint given on start be what it should be now: present, changed or gone.

    A restart keeps its id, so what was not delivered before goes to the new address.
    """
    endpoint_id = f"we_start_{name}"
    known = call.tx.get(endpoint_id, _KIND)
    if not url or not secret:
        if known is not None:
            delete_endpoint(call, {}, endpoint_id)
        return
    params = {"url": url, "enabled_events": ["*"], "description": f"Given on start ({name})"}
    if known is None:
        call.add(_KIND, {"id": endpoint_id, **_body(call, params)}, hidden={"secret": secret, "scopes": scopes})
        return
    known.body.update(url=check_url(url, param="url"), status="enabled")
    known.hidden.update(secret=secret, scopes=scopes)
    call.tx.save(known)


_CHANGES = {"url": ANY, "enabled_events": ANY, "description": ANY, "metadata": ANY}
_PAGED = {"limit": ANY, "starting_after": ANY, "ending_before": ANY}
OPERATIONS = {
    "POST /v1/webhook_endpoints": Operation(create_endpoint, {**_CHANGES, "connect": ANY, "api_version": ANY}),
    "GET /v1/webhook_endpoints": Operation(list_endpoints, _PAGED),
    "GET /v1/webhook_endpoints/{webhook_endpoint}": Operation(retrieve_endpoint),
    "POST /v1/webhook_endpoints/{webhook_endpoint}": Operation(update_endpoint, {**_CHANGES, "disabled": ANY}),
    "DELETE /v1/webhook_endpoints/{webhook_endpoint}": Operation(delete_endpoint),
}
