"""Imports of a product catalog in API v2. They wait for a file, and nothing of the sandbox takes one."""

from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.events.write import rfc3339
from stripe_sandbox.http.listing import list_v2
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import show_plain
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.ids import random_text

KIND: Final = "v2.commerce.product_catalog_import"
_URL: Final = "/v2/commerce/product_catalog/imports"
_MINUTES_S: Final = 5 * 60
_SIGNS: Final = {"created": "=", "created_gt": ">", "created_gte": ">=", "created_lt": "<", "created_lte": "<="}


def _body(call: Call, params: Body) -> Body:
    upload = {"expires_at": rfc3339(call.now + _MINUTES_S), "url": f"{call.base_url}/uploads/{random_text(24)}"}
    return {
        "feed_type": params["feed_type"],
        "metadata": {},
        "mode": params["mode"],
        "status": "awaiting_upload",
        "status_details": {"awaiting_upload": {"upload_url": upload}},
    }


def list_imports(call: Call, params: Body) -> Body:
    """Give a page of imports, also by feed, status or time."""
    conditions, values = ["TRUE"], list[Any]()
    for name, sign in _SIGNS.items():
        if name in params:
            conditions.append(f"body ->> '$.created' {sign} ?")
            values.append(params[name])
    for name in ("feed_type", "status"):
        if name in params:
            conditions.append(f"body ->> '$.{name}' = ?")
            values.append(params[name])
    return list_v2(
        call, KIND, params, _URL, lambda row: show_plain(call, row), where=" AND ".join(conditions), values=values,
        account=call.account,
    )  # fmt: skip


_IMPORTS = Resource(
    kind=KIND, url=_URL, name="id", body=_body, takes={"feed_type": ANY, "mode": ANY}, noun="product catalog import",
)  # fmt: skip
OPERATIONS = {
    **_IMPORTS.operations(),
    f"GET {_URL}": Operation(list_imports, dict.fromkeys((*_SIGNS, "feed_type", "limit", "page", "status"), ANY)),
}
