"""Test clocks of the API: a customer's time moved on without anybody else's. Source: docs.stripe.com/billing/testing.

The sandbox does the work at once: the answer to `advance` still says `advancing`, the next look says `ready`.
"""

import copy
from typing import Final

from stripe_sandbox.billing.clock_time import KIND, at_clock, customers_on, find_clock
from stripe_sandbox.billing.customers import remove
from stripe_sandbox.billing.cycle import LIVE
from stripe_sandbox.billing.periods import after
from stripe_sandbox.billing.schedules import run_due
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find, list_of, retrieve_of, show_plain

_KEPT_S: Final = 30 * 86_400
_EMPTY: Final = {"interval": "year", "interval_count": 2}


def create_clock(call: Call, params: Body) -> Body:
    """Create a clock that stands still at `frozen_time`, for a customer that exists or for new ones."""
    body: Body = {
        "created": call.now,
        "deletes_after": call.now + _KEPT_S,
        "frozen_time": params["frozen_time"],
        "livemode": False,
        "name": params.get("name"),
        "status": "ready",
        "status_details": {},
    }
    clock = call.add(KIND, body)
    if customer_id := params.get("customer"):
        customer = find(call, "customer", customer_id, param="customer", status=400)
        if customer.body["test_clock"] or call.tx.find("subscription", "body ->> '$.customer' = ?", (customer.id,)):
            raise invalid("This customer cannot be attached to a test clock any more.", param="customer")
        customer.body["test_clock"] = clock.id
        call.tx.save(customer)
    emit(call, f"{KIND}.created", clock.body)
    return show_plain(call, clock)


def advance_clock(call: Call, params: Body, clock_id: str) -> Body:
    """Move a clock on; what falls due for its customers meanwhile happens, each thing at its moment.

    Raises 400 for a time that is not ahead, or further ahead than two periods of the shortest subscription.
    """
    clock, target = find_clock(call, clock_id), params["frozen_time"]
    start = clock.body["frozen_time"]
    if target <= start:
        raise invalid("frozen_time must be after the test clock's current frozen time.", param="frozen_time")
    if target > _furthest(call, clock_id, start):
        message = (
            "You cannot advance a test clock by more than two intervals of its shortest subscription at once, or by "
            "more than two years when it has none."
        )
        raise invalid(message, param="frozen_time")
    clock.body.update(status="advancing", status_details={"advancing": {"target_frozen_time": target}})
    call.tx.save(clock)
    emit(call, f"{KIND}.advancing", clock.body)
    shown = copy.deepcopy(clock.body)
    with at_clock(call, clock.id):
        call.now = target
        run_due(call, clock=clock.id)
    clock.body.update(status="ready", status_details={}, frozen_time=target)
    call.tx.save(clock)
    emit(call, f"{KIND}.ready", clock.body)
    return shown


def _furthest(call: Call, clock_id: str, start: int) -> int:
    ends: list[int] = []
    for customer in customers_on(call, clock_id):
        for sub in call.tx.find("subscription", "body ->> '$.customer' = ?", (customer.id,)):
            if sub.body["status"] in LIVE:
                every = sub.body["items"]["data"][0]["price"]["recurring"]
                ends.append(after(after(start, every), every))
    return min(ends, default=after(start, _EMPTY))


def delete_clock(call: Call, params: Body, clock_id: str) -> Body:
    """Delete a clock with its customers; their subscriptions end."""
    del params
    clock = find_clock(call, clock_id)
    for customer in customers_on(call, clock.id):
        remove(call, customer)
    emit(call, f"{KIND}.deleted", clock.body)
    call.tx.delete(clock)
    return {"id": clock.id, "object": KIND, "deleted": True}


_URL = "/v1/test_helpers/test_clocks"
OPERATIONS = {
    f"POST {_URL}": Operation(create_clock, {"frozen_time": ANY, "name": ANY, "customer": ANY}),
    f"GET {_URL}": Operation(list_of(KIND, _URL), PAGED),
    f"GET {_URL}/{{test_clock}}": Operation(retrieve_of(KIND, noun="test clock")),
    f"DELETE {_URL}/{{test_clock}}": Operation(delete_clock),
    f"POST {_URL}/{{test_clock}}/advance": Operation(advance_clock, {"frozen_time": ANY}),
}
