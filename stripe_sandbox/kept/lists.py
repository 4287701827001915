"""Value lists of Radar: kept, so that a program can manage them. There are no rules here that read them."""

import re
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.listing import list_objects, whole_list
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, find
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.store import Row

LIST: Final = "radar.value_list"
ITEM: Final = "radar.value_list_item"
_ALIAS = re.compile(r"[A-Za-z0-9_]{1,100}")
_BY: Final = "sandbox"


def _list_body(call: Call, params: Body) -> Body:
    _check_alias(call, params["alias"])
    return {
        "alias": params["alias"],
        "created_by": _BY,
        "item_type": params.get("item_type", "string"),
        "list_items": None,
        "metadata": {},
        "name": params["name"],
    }


def _check_alias(call: Call, alias: str) -> None:
    if not _ALIAS.fullmatch(alias):
        raise invalid("An alias has letters, digits and underscores only.", param="alias")
    known = call.tx.find(LIST, "account = ? AND body ->> '$.alias' = ?", (call.account, alias))
    if any(not row.hidden.get("deleted") for row in known):
        raise invalid(f"A value list with the alias {alias} exists.", param="alias", code="resource_already_exists")


def _items_of(call: Call, list_id: str) -> list[Row]:
    where = "body ->> '$.value_list' = ? AND hidden ->> '$.deleted' IS NULL"
    return call.tx.find(ITEM, where, (list_id,), newest=True)


def _show_list(call: Call, row: Row) -> Body:
    items = [dict(each.body) for each in _items_of(call, row.id)[:10]]
    shown = whole_list(f"/v1/radar/value_list_items?value_list={row.id}", items)
    return {**row.body, "list_items": {**shown, "has_more": len(_items_of(call, row.id)) > len(items)}}


def _merge_list(call: Call, row: Row, params: Body) -> None:
    if params.get("alias", row.body["alias"]) != row.body["alias"]:
        _check_alias(call, params["alias"])


def _item_body(call: Call, params: Body) -> Body:
    owner = find(call, LIST, params["value_list"], noun="value list", param="value_list", status=400)
    value = params["value"]
    if not owner.body["item_type"].startswith("case_sensitive"):
        value = value.lower()
    if any(each.body["value"] == value for each in _items_of(call, owner.id)):
        raise invalid(f"The value {value[:60]} is on this list.", param="value", code="resource_already_exists")
    return {"created_by": _BY, "value": value, "value_list": owner.id}


def _list_lists(call: Call, params: Body) -> Body:
    wanted = dict(params)
    where, values = "hidden ->> '$.deleted' IS NULL", ()
    if "contains" in wanted:
        holds = (
            f"SELECT i.body ->> '$.value_list' FROM objects i WHERE i.kind = '{ITEM}' "  # noqa: S608 - a constant
            "AND i.hidden ->> '$.deleted' IS NULL AND i.body ->> '$.value' = ?"
        )
        where, values = f"{where} AND id IN ({holds})", (wanted.pop("contains"),)
    filters = {"alias": "body ->> '$.alias' = ?"}
    url = "/v1/radar/value_lists"
    return list_objects(call, LIST, wanted, url, _show_list, filters=filters, where=where, values=values)


_LISTS = Resource(
    kind=LIST, url="/v1/radar/value_lists", name="value_list", body=_list_body, show=_show_list, merge=_merge_list,
    takes={"alias": ANY, "item_type": ANY, "name": ANY}, changes={"alias": ANY, "name": ANY}, plain=("alias", "name"),
    deletes=True, noun="value list",
)  # fmt: skip
_ITEMS = Resource(
    kind=ITEM, url="/v1/radar/value_list_items", name="item", body=_item_body, takes={"value": ANY, "value_list": ANY},
    filters=("value", "value_list"), deletes=True, noun="value list item",
)  # fmt: skip
OPERATIONS = {
    **_LISTS.operations(),
    **_ITEMS.operations(),
    "GET /v1/radar/value_lists": Operation(_list_lists, {**DATED, "alias": ANY, "contains": ANY}),
}
