"""Alerts: told once for each customer who has used as much of a meter. Source: docs.stripe.com/billing/alerts."""

from typing import Final

from stripe_sandbox.billing.usage import METER, counted, events_of
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.http.steps import Step
from stripe_sandbox.store import Row

KIND: Final = "billing.alert"


def _body(call: Call, params: Body) -> Body:
    given = params.get("usage_threshold")
    if given is None:
        raise invalid("Missing required param: usage_threshold.", param="usage_threshold", code="parameter_missing")
    find(call, METER, given["meter"], noun="meter", param="usage_threshold[meter]", status=400)
    for place, each in enumerate(given.get("filters") or []):
        param = f"usage_threshold[filters][{place}][customer]"
        find(call, "customer", each.get("customer", ""), param=param, status=400)
    return {
        "alert_type": params["alert_type"],
        "status": "active",
        "title": params["title"],
        "usage_threshold": {
            "filters": given.get("filters"), "gte": given["gte"], "meter": given["meter"],
            "recurrence": given["recurrence"],
        },
    }  # fmt: skip


def _show(call: Call, row: Row) -> Body:
    del call
    return {name: value for name, value in row.body.items() if name != "created"}


def check_alerts(call: Call, event: Row) -> None:
    """Tell of the alerts this event has made true, of each once for a customer."""
    meter, customer = call.tx.get(event.hidden["meter"], METER), event.hidden["customer"]
    assert meter is not None, "an event was counted by a meter"
    where = "account = ? AND body ->> '$.status' = 'active' AND body ->> '$.usage_threshold.meter' = ?"
    for alert in call.tx.find(KIND, where, (call.account, meter.id)):
        rule, told = alert.body["usage_threshold"], alert.hidden.setdefault("told", [])
        only = [each["customer"] for each in rule["filters"] or []]
        if customer in told or (only and customer not in only):
            continue
        value = counted(meter, events_of(call, meter, customer, 0, event.body["timestamp"] + 1))
        if value < rule["gte"]:
            continue
        told.append(customer)
        call.tx.save(alert)
        body: Body = {
            "object": "billing.alert_triggered", "alert": _show(call, alert), "created": call.now, "customer": customer,
            "livemode": False, "value": int(value),
        }  # fmt: skip
        emit(call, "billing.alert.triggered", body)


def _list(call: Call, params: Body) -> Body:
    filters = {"alert_type": "body ->> '$.alert_type' = ?", "meter": "body ->> '$.usage_threshold.meter' = ?"}
    return list_objects(call, KIND, params, "/v1/billing/alerts", _show, filters=filters)


_ALERTS = Resource(
    kind=KIND, url="/v1/billing/alerts", name="id", body=_body, show=_show, noun="alert",
    takes={
        "alert_type": ANY, "title": ANY,
        "usage_threshold": {"filters": {"type": ANY, "customer": ANY}, "gte": ANY, "meter": ANY, "recurrence": ANY},
    },
    steps=(
        Step(to="active", came_from=("inactive",), path="activate"),
        Step(to="inactive", came_from=("active",), path="deactivate"),
        Step(to="archived", came_from=("active", "inactive"), path="archive"),
    ),
)  # fmt: skip
OPERATIONS = {
    **_ALERTS.operations(),
    "GET /v1/billing/alerts": Operation(_list, {**PAGED, "alert_type": ANY, "meter": ANY}),
}
