"""Answers customers may choose from when they cancel: kept, and shown by nothing here."""

from stripe_sandbox.call import Body, Call
from stripe_sandbox.http.operation import ANY
from stripe_sandbox.http.plain import PAGED
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.http.steps import Step
from stripe_sandbox.store import Row


def _body(call: Call, params: Body) -> Body:
    del call
    return {
        "description": params["description"],
        "status": "active",
        "status_transitions": {"deactivated_at": None},
    }


def _stop(call: Call, row: Row, params: Body) -> None:
    del params
    row.body["status_transitions"]["deactivated_at"] = call.now


def _show(call: Call, row: Row) -> Body:
    del call
    return {name: value for name, value in row.body.items() if name != "created"}


_OPTIONS = Resource(
    kind="billing.feedback_option", url="/v1/billing/feedback_options", name="id", body=_body, show=_show, lists=PAGED,
    takes={"description": ANY}, changes={"description": ANY}, plain=("description",), filters=("status",),
    steps=(Step(to="inactive", came_from=("active",), path="deactivate", does=_stop),), noun="feedback option",
)  # fmt: skip
OPERATIONS = _OPTIONS.operations()
