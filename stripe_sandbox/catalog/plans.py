"""Plans: what recurring prices were before there were prices. They are the same objects, seen the old way."""

from typing import Final

from stripe_sandbox.billing.bodies import plan_of
from stripe_sandbox.call import Body, Call
from stripe_sandbox.catalog.products import create_price, update_price
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED
from stripe_sandbox.ids import random_text
from stripe_sandbox.store import Row

_AS_GIVEN: Final = ("active", "nickname", "metadata", "currency")


def _show(call: Call, row: Row) -> Body:
    del call
    named = {name: row.body[name] for name in ("active", "metadata", "nickname")}
    return {**plan_of(row.body), **named, "trial_period_days": row.hidden.get("trial_period_days")}


def create_plan(call: Call, params: Body) -> Body:
    """Create a recurring price under the id of a plan; its product may be new."""
    product = params.get("product")
    if product is None:
        raise invalid("Missing required param: product.", param="product", code="parameter_missing")
    plan_id = params.get("id") or f"plan_{random_text(14)}"
    if call.tx.get(plan_id):
        raise invalid(f"Plan already exists: {plan_id}", param="id", code="resource_already_exists")
    recurring = {name: params[name] for name in ("interval", "interval_count", "meter", "usage_type") if name in params}
    given: Body = {
        **{name: params[name] for name in _AS_GIVEN if name in params},
        "id": plan_id,
        "recurring": recurring,
        "unit_amount": params.get("amount", 0),
        **({"product": product} if isinstance(product, str) else {"product_data": product}),
    }
    row = _find(call, create_price(call, given)["id"])
    row.hidden["trial_period_days"] = params.get("trial_period_days")
    call.tx.save(row)
    shown = _show(call, row)
    emit(call, "plan.created", shown)
    return shown


def _find(call: Call, plan_id: str) -> Row:
    row = call.tx.get(plan_id, "price", call.account)
    if row is None or row.body["recurring"] is None:
        raise missing("plan", plan_id, param="plan")
    return row


def retrieve_plan(call: Call, params: Body, plan_id: str) -> Body:
    """Give one plan."""
    del params
    return _show(call, _find(call, plan_id))


def update_plan(call: Call, params: Body, plan_id: str) -> Body:
    """Change what may change on a plan: never its amount."""
    row = _find(call, plan_id)
    update_price(call, {name: params[name] for name in ("active", "nickname", "metadata") if name in params}, row.id)
    row = _find(call, plan_id)
    if "trial_period_days" in params:
        row.hidden["trial_period_days"] = params["trial_period_days"]
        call.tx.save(row)
    shown = _show(call, row)
    emit(call, "plan.updated", shown)
    return shown


def delete_plan(call: Call, params: Body, plan_id: str) -> Body:
    """Delete a plan: who subscribes to it goes on, nobody else can."""
    del params
    row = _find(call, plan_id)
    shown = _show(call, row)
    call.tx.delete(row)
    emit(call, "plan.deleted", shown)
    return {"id": row.id, "object": "plan", "deleted": True}


def list_plans(call: Call, params: Body) -> Body:
    """Give a page of plans, also by product or whether they are active."""
    filters = {name: f"body ->> '$.{name}' = ?" for name in ("active", "product")}
    recurs = "body ->> '$.type' = 'recurring'"
    return list_objects(call, "price", params, "/v1/plans", _show, filters=filters, where=recurs)


_PRODUCT = dict.fromkeys(("active", "id", "metadata", "name", "statement_descriptor", "tax_code", "unit_label"), ANY)
_CHANGES = {"active": ANY, "metadata": ANY, "nickname": ANY, "trial_period_days": ANY}
_CREATES = {
    **_CHANGES, **dict.fromkeys(("amount", "currency", "id", "interval", "interval_count", "meter", "usage_type"), ANY),
    "billing_scheme": ("per_unit",), "product": _PRODUCT,
}  # fmt: skip
OPERATIONS = {
    "POST /v1/plans": Operation(create_plan, _CREATES),
    "GET /v1/plans": Operation(list_plans, {**DATED, "active": ANY, "product": ANY}),
    "GET /v1/plans/{plan}": Operation(retrieve_plan),
    "POST /v1/plans/{plan}": Operation(update_plan, _CHANGES),
    "DELETE /v1/plans/{plan}": Operation(delete_plan),
}
