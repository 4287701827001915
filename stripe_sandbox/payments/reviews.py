"""Reviews: a payment that somebody should look at before it is trusted. Source: docs.stripe.com/radar/reviews."""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import Operation
from stripe_sandbox.http.plain import DATED, find, list_of, retrieve_of, show_plain
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "review"


def open_review(call: Call, charge: Row, reason: str = "manual") -> Row:
    """Put a paid charge under review; `reason` is `manual` or `rule`."""
    if charge.body["status"] != "succeeded" or charge.body["review"]:
        raise invalid("Only a charge that succeeded and is not under review can be reviewed.")
    body: Body = {
        **nothing_of(KIND),
        "charge": charge.id,
        "created": call.now,
        "livemode": False,
        "open": True,
        "opened_reason": reason,
        "payment_intent": charge.body["payment_intent"],
        "reason": reason,
    }
    row = call.add(KIND, body)
    _mark(call, row, row.id)
    emit(call, "review.opened", row.body)
    return row


def approve_review(call: Call, params: Body, review_id: str) -> Body:
    """Let a payment through."""
    del params
    row = find(call, KIND, review_id)
    if not row.body["open"]:
        raise invalid(f"This review has been closed already ({row.body['closed_reason']}).")
    close(call, row, "approved")
    return show_plain(call, row)


def close(call: Call, row: Row, why: str) -> None:
    """Close a review: approved, refunded or disputed."""
    row.body.update(open=False, closed_reason=why, reason=why)
    call.tx.save(row)
    _mark(call, row, None)
    emit(call, "review.closed", row.body)


def close_for(call: Call, charge: Row, why: str) -> None:
    """Close the review of a charge, if there is one: what was refunded or disputed needs no look any more."""
    row = call.tx.get(charge.body["review"], KIND) if charge.body["review"] else None
    if row is not None:
        charge.body["review"] = None
        close(call, row, why)


def _mark(call: Call, row: Row, review_id: str | None) -> None:
    for object_id in (row.body["charge"], row.body["payment_intent"]):
        marked = call.tx.get(object_id) if object_id else None
        if marked is not None:
            marked.body["review"] = review_id
            call.tx.save(marked)


OPERATIONS = {
    "GET /v1/reviews": Operation(list_of(KIND, "/v1/reviews"), DATED),
    "GET /v1/reviews/{review}": Operation(retrieve_of(KIND)),
    "POST /v1/reviews/{review}/approve": Operation(approve_review),
}
