"""How physical cards look: designs on a bundle, looked at by tests instead of people. Two bundles are always there."""

from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.http.listing import list_objects, page_of
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find, show_plain
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.http.steps import Step
from stripe_sandbox.store import Row

KIND: Final = "issuing.personalization_design"
_BUNDLE: Final = "issuing.physical_bundle"
_BUNDLES: Final = {
    "icpb_standard": ("Standard", {"card_logo": "unsupported", "carrier_text": "optional", "second_line": "optional"}),
    "icpb_custom": ("Custom", {"card_logo": "required", "carrier_text": "optional", "second_line": "optional"}),
}
_TEXTS: Final = ("footer_body", "footer_title", "header_body", "header_title")
_NOUN: Final = "personalization design"


def _bundle(bundle_id: str) -> Body:
    name, features = _BUNDLES[bundle_id]
    kind = "standard" if bundle_id == "icpb_standard" else "custom"
    return {"id": bundle_id, "object": _BUNDLE, "features": features, "livemode": False, "name": name,
            "status": "active", "type": kind}  # fmt: skip


def retrieve_bundle(call: Call, params: Body, bundle_id: str) -> Body:
    """Give one bundle."""
    del call, params
    if bundle_id not in _BUNDLES:
        raise missing("physical bundle", bundle_id)
    return _bundle(bundle_id)


def list_bundles(call: Call, params: Body) -> Body:
    """Give a page of bundles, also by status or type."""
    del call
    bundles = [_bundle(each) for each in _BUNDLES]
    for name in ("status", "type"):
        bundles = [each for each in bundles if params.get(name, each[name]) == each[name]]
    return page_of("/v1/issuing/physical_bundles", bundles, params, kind="physical bundle")


def _body(call: Call, params: Body) -> Body:
    body: Body = {
        "carrier_text": _text(params.get("carrier_text")),
        "lookup_key": params.get("lookup_key"),
        "metadata": {},
        "name": params.get("name"),
        "preferences": {
            "is_default": params.get("preferences", {}).get("is_default", False),
            "is_platform_default": None,
        },
        "rejection_reasons": {"card_logo": None, "carrier_text": None},
        "status": "review",
    }
    _set_look(call, body, params)
    _take_key(call, params, None)
    return body


def _text(given: Body | str | None) -> Body | None:
    return {name: given.get(name) or None for name in _TEXTS} if isinstance(given, dict) else None


def _set_look(call: Call, body: Body, params: Body) -> None:
    bundle = params.get("physical_bundle", body.get("physical_bundle"))
    if bundle not in _BUNDLES:
        raise missing("physical bundle", str(bundle), param="physical_bundle", status=400)
    logo: Any = params.get("card_logo", body.get("card_logo")) or None
    wants = _BUNDLES[str(bundle)][1]["card_logo"]
    if logo is not None:
        find(call, "file", logo, param="card_logo", status=400)
    if (wants == "required") != (logo is not None):
        raise invalid(f"The card logo is {wants} on this physical bundle.", param="card_logo")
    body.update(physical_bundle=bundle, card_logo=logo)


def _take_key(call: Call, params: Body, own: str | None) -> None:
    key = params.get("lookup_key")
    for other in call.tx.find(KIND, "account = ? AND body ->> '$.lookup_key' = ?", (call.account, key)) if key else []:
        if other.id == own:
            continue
        if not params.get("transfer_lookup_key"):
            message = f"A personalization design has the lookup key {key}."
            raise invalid(message, param="lookup_key", code="resource_already_exists")
        other.body["lookup_key"] = None
        call.tx.save(other)


def _merge(call: Call, row: Row, params: Body) -> None:
    _take_key(call, params, row.id)
    if {"physical_bundle", "card_logo", "carrier_text"} & set(params):
        _set_look(call, row.body, params)
        row.body["status"] = "review"
    if "carrier_text" in params:
        row.body["carrier_text"] = _text(params["carrier_text"])
    if "preferences" in params:
        row.body["preferences"]["is_default"] = params["preferences"]["is_default"]


def _reject(call: Call, row: Row, params: Body) -> None:
    del call
    row.body["rejection_reasons"].update(params["rejection_reasons"])


def _list(call: Call, params: Body) -> Body:
    wanted, conditions, values = dict(params), ["TRUE"], list[Any]()
    if keys := wanted.pop("lookup_keys", None):
        conditions.append(f"body ->> '$.lookup_key' IN ({','.join('?' * len(keys))})")
        values += keys
    for name, value in wanted.pop("preferences", {}).items():
        conditions.append(f"coalesce(body ->> '$.preferences.{name}', 0) = ?")
        values.append(int(value))
    filters = {"status": "body ->> '$.status' = ?"}
    return list_objects(
        call, KIND, wanted, "/v1/issuing/personalization_designs", show_plain, filters=filters,
        where=" AND ".join(conditions), values=tuple(values),
    )  # fmt: skip


_TEST: Final = "/v1/test_helpers/issuing/personalization_designs/{personalization_design}"
_TAKES = {
    "card_logo": ANY, "carrier_text": dict.fromkeys(_TEXTS, ANY), "lookup_key": ANY, "name": ANY,
    "physical_bundle": ANY, "preferences": {"is_default": ANY}, "transfer_lookup_key": ANY,
}  # fmt: skip
_DESIGNS = Resource(
    kind=KIND, url="/v1/issuing/personalization_designs", name="personalization_design", body=_body, merge=_merge,
    takes=_TAKES, changes=_TAKES, plain=("lookup_key", "name"), noun=_NOUN, event="issuing_personalization_design",
    told=("updated", "activated", "deactivated", "rejected"),
    steps=(
        Step(to="active", came_from=("review", "inactive"), url=f"{_TEST}/activate", told="activated"),
        Step(to="inactive", came_from=("active",), url=f"{_TEST}/deactivate", told="deactivated"),
        Step(to="rejected", came_from=("review",), url=f"{_TEST}/reject", told="rejected", does=_reject,
             takes={"rejection_reasons": ANY}),
    ),
)  # fmt: skip
OPERATIONS = {
    **_DESIGNS.operations(),
    "GET /v1/issuing/personalization_designs": Operation(
        _list,
        {**PAGED, "lookup_keys": ANY, "status": ANY, "preferences": {"is_default": ANY, "is_platform_default": ANY}},
    ),
    "GET /v1/issuing/physical_bundles": Operation(list_bundles, {**PAGED, "status": ANY, "type": ANY}),
    "GET /v1/issuing/physical_bundles/{physical_bundle}": Operation(retrieve_bundle),
}
