"""Features that products grant to who subscribes to them. Source: docs.stripe.com/billing/entitlements."""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.store import Row

FEATURE: Final = "entitlements.feature"
LINK: Final = "product_feature"


def _body(call: Call, params: Body) -> Body:
    key = params["lookup_key"]
    if call.tx.find(FEATURE, "account = ? AND body ->> '$.lookup_key' = ?", (call.account, key)):
        raise invalid(f"A feature with the lookup_key {key[:60]} exists.", param="lookup_key",
                      code="resource_already_exists")  # fmt: skip
    return {"active": True, "lookup_key": key, "metadata": {}, "name": params["name"]}


def _show(call: Call, row: Row) -> Body:
    del call
    return {name: value for name, value in row.body.items() if name != "created"}


def _list_features(call: Call, params: Body) -> Body:
    wanted = dict(params)
    archived = wanted.pop("archived", None)
    where = "TRUE" if archived is None else f"body ->> '$.active' = {0 if archived else 1}"
    filters = {"lookup_key": "body ->> '$.lookup_key' = ?"}
    return list_objects(call, FEATURE, wanted, "/v1/entitlements/features", _show, filters=filters, where=where)


def _show_link(call: Call, row: Row) -> Body:
    feature = call.tx.get(row.body["entitlement_feature"], FEATURE)
    assert feature is not None, "a product names a feature that exists"
    return {**row.body, "entitlement_feature": _show(call, feature)}


def attach_feature(call: Call, params: Body, product_id: str) -> Body:
    """Let a product grant a feature."""
    product = find(call, "product", product_id)
    param = "entitlement_feature"
    feature = find(call, FEATURE, params[param], noun="feature", param=param, status=400)
    if not feature.body["active"]:
        raise invalid("An archived feature cannot be attached to a product.", param=param)
    of_both = "hidden ->> '$.product' = ? AND body ->> '$.entitlement_feature' = ?"
    if call.tx.find(LINK, of_both, (product.id, feature.id)):
        raise invalid("This product grants the feature already.", param=param, code="resource_already_exists")
    row = call.add(LINK, {"entitlement_feature": feature.id, "livemode": False}, hidden={"product": product.id})
    return _show_link(call, row)


def _find_link(call: Call, product_id: str, link_id: str) -> Row:
    row = call.tx.get(link_id, LINK, call.account)
    if row is None or row.hidden["product"] != find(call, "product", product_id).id:
        raise missing("product feature", link_id)
    return row


def retrieve_link(call: Call, params: Body, product_id: str, link_id: str) -> Body:
    """Give one feature of a product."""
    del params
    return _show_link(call, _find_link(call, product_id, link_id))


def detach_feature(call: Call, params: Body, product_id: str, link_id: str) -> Body:
    """Let a product grant a feature no more."""
    del params
    row = _find_link(call, product_id, link_id)
    call.tx.delete(row)
    return {"id": row.id, "object": LINK, "deleted": True}


def list_links(call: Call, params: Body, product_id: str) -> Body:
    """Give a page of the features of a product."""
    product = find(call, "product", product_id)
    url = f"/v1/products/{product.id}/features"
    of_product = "hidden ->> '$.product' = ?"
    return list_objects(call, LINK, params, url, _show_link, where=of_product, values=(product.id,))


_FEATURES = Resource(
    kind=FEATURE, url="/v1/entitlements/features", name="id", body=_body, show=_show,
    takes={"lookup_key": ANY, "name": ANY}, changes={"active": ANY, "name": ANY}, plain=("active", "name"),
    noun="feature",
)  # fmt: skip
_OF = "/v1/products/{product}/features"
OPERATIONS = {
    **_FEATURES.operations(),
    "GET /v1/entitlements/features": Operation(_list_features, {**PAGED, "archived": ANY, "lookup_key": ANY}),
    f"POST {_OF}": Operation(attach_feature, {"entitlement_feature": ANY}),
    f"GET {_OF}": Operation(list_links, PAGED),
    f"GET {_OF}/{{id}}": Operation(retrieve_link),
    f"DELETE {_OF}/{{id}}": Operation(detach_feature),
}
