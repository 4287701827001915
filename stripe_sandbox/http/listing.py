"""Lists: filters, cursors, pages."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.store import PLATFORM, Row

_COMPARE: Mapping[str, str] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def list_objects(
    call: Call, kind: str, params: Body, url: str, show: Callable[[Call, Row], Body],
    *, filters: Mapping[str, str] | None = None, where: str = "TRUE", values: tuple[Any, ...] = (),
) -> Body:  # fmt: skip
    """Give one page of the objects of a kind that belong to the account of the call, newest first.

    `filters` maps a parameter to its SQL condition with one `?`. Raises 400 for limits and cursors that make no sense.
    """
    conditions, bound = [where], [*values]
    for name, condition in (filters or {}).items():
        if name in params:
            conditions.append(condition)
            bound.append(params[name])
    _add_created(params, conditions, bound)
    page = call.tx.page(
        kind, call.account, " AND ".join(f"({each})" for each in conditions), bound,
        limit=_limit(params), **_cursor(call, kind, params),
    )  # fmt: skip
    data = [show(call, row) for row in page.rows]
    return {"object": "list", "url": url, "has_more": page.has_more, "data": data}


def whole_list(url: str, data: list[Body]) -> Body:
    """Give a short list that has only one page."""
    return {"object": "list", "url": url, "has_more": False, "data": data}


def page_of(url: str, items: list[Body], params: Body, *, kind: str = "item") -> Body:
    """Give one page of a short list that is kept whole, in its own order, by the same cursors as a long one."""
    limit, places = _limit(params), {each["id"]: place for place, each in enumerate(items)}
    if "starting_after" in params and "ending_before" in params:
        raise invalid("You may only specify one of these parameters: starting_after, ending_before.")
    for name in ("starting_after", "ending_before"):
        if name in params and params[name] not in places:
            raise missing(kind, params[name], param=name, status=400)
    if "ending_before" in params:
        before = items[: places[params["ending_before"]]]
        shown, has_more = before[-limit:], len(before) > limit
    else:
        after = items[places[params["starting_after"]] + 1 :] if "starting_after" in params else items
        shown, has_more = after[:limit], len(after) > limit
    return {"object": "list", "url": url, "has_more": has_more, "data": shown}


def _limit(params: Body) -> int:
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid(
            "Invalid integer: limit must be between 1 and 100", param="limit", code="parameter_invalid_integer"
        )
    return int(limit)


def _cursor(call: Call, kind: str, params: Body) -> dict[str, int]:
    if "starting_after" in params and "ending_before" in params:
        raise invalid("You may only specify one of these parameters: starting_after, ending_before.")
    for name, argument in (("starting_after", "after"), ("ending_before", "before")):
        if name in params:
            place = call.tx.place_of(params[name], kind, call.account)
            if place is None:
                raise missing(kind, params[name], param=name, status=400)
            return {argument: place}
    return {}


def _add_created(params: Body, conditions: list[str], bound: list[Any]) -> None:
    created = params.get("created")
    if isinstance(created, int):
        conditions.append("created = ?")
        bound.append(created)
    elif isinstance(created, dict):
        for name, limit in created.items():
            conditions.append(f"created {_COMPARE[name]} ?")
            bound.append(limit)


def list_v2(
    call: Call, kind: str, params: Body, url: str, show: Callable[[Row], Body],
    *, where: str = "TRUE", values: Sequence[Any] = (), account: str = PLATFORM,
) -> Body:  # fmt: skip
    """Give one page in the manner of API v2, newest first: the next page is an address."""
    limit = params.get("limit", 20)
    if not 1 <= limit <= 100:
        raise invalid("limit must be between 1 and 100", param="limit", code="parameter_invalid_integer")
    token = str(params.get("page", ""))
    if token and not (token.isascii() and token.isdecimal() and len(token) < 16):
        raise invalid("Invalid page token.", param="page")
    page = call.tx.page(kind, account, where, values, limit=limit, after=int(token) if token else None)
    next_url = None
    if page.has_more:
        # The next page is of the same list: its address repeats what was asked.
        place = call.tx.place_of(page.rows[-1].id, kind, account)
        asked = {name: value for name, value in params.items() if name != "page"}
        next_url = f"{url}?{urlencode([*_pairs(asked), ('page', place)])}"
    return {"data": [show(row) for row in page.rows], "next_page_url": next_url, "previous_page_url": None}


def _pairs(value: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        inner = [(f"{path}[{key}]" if path else str(key), each) for key, each in value.items()]
    elif isinstance(value, list):
        inner = [(f"{path}[{place}]", each) for place, each in enumerate(value)]
    else:
        return [(path, value)]
    return [pair for name, each in inner for pair in _pairs(each, name)]
