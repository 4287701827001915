"""What most resources have in common: an object is found, given back, listed, and its metadata changed."""

from collections.abc import Callable, Iterable

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import missing
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.store import Row

PAGED = {"limit": ANY, "starting_after": ANY, "ending_before": ANY}
DATED = {**PAGED, "created": ANY}

Show = Callable[[Call, Row], Body]


def show_plain(call: Call, row: Row) -> Body:
    """Give an object as it is stored."""
    del call
    return dict(row.body)


def find(
    call: Call, kind: str, object_id: str, *, noun: str | None = None, param: str = "id", status: int = 404
) -> Row:
    """Give the object of this kind that belongs to the account of the call, or raise what Stripe says for none."""
    row = call.tx.get(object_id, kind, call.account)
    if row is None or row.hidden.get("deleted"):
        raise missing(noun or kind.replace("_", " "), object_id, param=param, status=status)
    return row


def retrieve_of(kind: str, *, noun: str | None = None, show: Show = show_plain) -> Callable[[Call, Body, str], Body]:
    """Give the function that answers `GET` of one object."""

    def retrieve(call: Call, params: Body, object_id: str) -> Body:
        del params
        return show(call, find(call, kind, object_id, noun=noun))

    return retrieve


def list_of(
    kind: str, url: str, filters: Iterable[str] = (), *, show: Show = show_plain
) -> Callable[[Call, Body], Body]:
    """Give the function that answers `GET` of a page; `filters` are members a parameter of that name must equal."""
    conditions = {name: f"body ->> '$.{name}' = ?" for name in filters}

    def listed(call: Call, params: Body) -> Body:
        return list_objects(call, kind, params, url, show, filters=conditions, where="hidden ->> '$.deleted' IS NULL")

    return listed


def change(row: Row, params: Body, names: Iterable[str]) -> Body:
    """Take over these members and the metadata, an empty text as nothing; gives what they were before."""
    before = {name: row.body[name] for name in ("metadata", *names) if name in params}
    for name in names:
        if name in params:
            row.body[name] = params[name] if params[name] != "" else None
    if "metadata" in row.body:
        row.body["metadata"] = merge_metadata(row.body["metadata"] or {}, params.get("metadata"))
    return {name: value for name, value in before.items() if row.body[name] != value}
