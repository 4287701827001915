"""Trial offers: a price for some periods, and the price that follows. Kept; no subscription takes one."""

from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, find
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.store import Row

KIND: Final = "product_catalog.trial_offer"


def _recurring(call: Call, price_id: str, param: str) -> str:
    price = find(call, "price", price_id, param=param, status=400)
    if price.body["recurring"] is None:
        raise invalid("A trial offer takes prices with `type=recurring` only.", param=param)
    return price.id


def _body(call: Call, params: Body) -> Body:
    if params["duration"].get("relative", {}).get("iterations", 0) < 1:
        raise invalid("A trial lasts at least one period.", param="duration[relative][iterations]")
    after = params["end_behavior"]["transition"]["price"]
    following = _recurring(call, after, "end_behavior[transition][price]")
    return {
        "active": params.get("active", True),
        "duration": params["duration"],
        "end_behavior": {"transition": {"price": following}, "type": "transition"},
        "nickname": params.get("nickname"),
        "price": _recurring(call, params["price"], "price"),
    }


def _show(call: Call, row: Row) -> Body:
    del call
    return {name: value for name, value in row.body.items() if name != "created"}


def _list(call: Call, params: Body) -> Body:
    wanted = dict(params)
    prices: list[Any] = wanted.pop("prices", [])
    where = f"body ->> '$.price' IN ({','.join('?' * len(prices))})" if prices else "TRUE"
    filters = {"active": "body ->> '$.active' = ?"}
    url = "/v1/product_catalog/trial_offers"
    return list_objects(call, KIND, wanted, url, _show, filters=filters, where=where, values=tuple(prices))


_OFFERS = Resource(
    kind=KIND, url="/v1/product_catalog/trial_offers", name="id", body=_body, show=_show, noun="trial offer",
    takes={
        "active": ANY, "duration": {"type": ANY, "relative": {"iterations": ANY}}, "nickname": ANY, "price": ANY,
        "end_behavior": {"transition": {"price": ANY}},
    },
    changes={"active": ANY}, plain=("active",),
)  # fmt: skip
OPERATIONS = {
    **_OFFERS.operations(),
    "GET /v1/product_catalog/trial_offers": Operation(_list, {**DATED, "active": ANY, "prices": ANY}),
}
