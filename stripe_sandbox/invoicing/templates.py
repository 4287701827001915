"""Templates that say how invoices look. They are made in Stripe's dashboard, here by the control surface."""

from dataclasses import replace
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.http.steps import Step

KIND: Final = "invoice_rendering_template"


def _body(call: Call, params: Body) -> Body:
    del call
    return {"nickname": params.get("nickname"), "status": "active", "version": 1, "metadata": {}}


def make_template(call: Call, nickname: str | None) -> Body:
    """Make a template as somebody would in the dashboard."""
    return _MADE.create(call, {"nickname": nickname})


def retrieve_template(call: Call, params: Body, template_id: str) -> Body:
    """Give one template; the sandbox knows its first version only."""
    row = find(call, KIND, template_id, noun="invoice rendering template")
    return {**row.body, "version": min(params.get("version", 1), row.body["version"])}


_TEMPLATES = Resource(
    kind=KIND, url="/v1/invoice_rendering_templates", name="template", lists=PAGED, filters=("status",),
    noun="invoice rendering template",
    steps=(
        Step(to="archived", came_from=("active",), path="archive"),
        Step(to="active", came_from=("archived",), path="unarchive"),
    ),
)  # fmt: skip
_MADE = replace(_TEMPLATES, body=_body)
OPERATIONS = {
    **_TEMPLATES.operations(),
    "GET /v1/invoice_rendering_templates/{template}": Operation(retrieve_template, {"version": ANY}),
}
