"""`expand[]`: ids replaced by the objects they name. Source: docs.stripe.com/expand."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from stripe_sandbox.accounts.state import show_account_v1
from stripe_sandbox.apps.secrets import payload_of
from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.links import line_items_of, show_link
from stripe_sandbox.checkout.sessions import show_session
from stripe_sandbox.discounts.coupons import products_of, show_code, show_coupon
from stripe_sandbox.errors import ApiFailure, invalid
from stripe_sandbox.files.store import show_file
from stripe_sandbox.files.store import show_link as show_link_of_file
from stripe_sandbox.invoicing.quotes import lines_of as lines_of_quote
from stripe_sandbox.issuing.authorizations import show_authorization
from stripe_sandbox.issuing.cards import show_card
from stripe_sandbox.payments.balance import show_transaction
from stripe_sandbox.payments.reads import show
from stripe_sandbox.payments.refunds import refunds_of_charge
from stripe_sandbox.store import Row
from stripe_sandbox.tax.calculations import lines_of as lines_of_tax

_DEPTH_MAX: Final = 4
_PATHS_MAX: Final = 20
_SHOW: Final[Mapping[str, Callable[[Call, Row], Body]]] = {
    "issuing.authorization": show_authorization,
    "issuing.card": show_card,
    "account": show_account_v1,
    "balance_transaction": show_transaction,
    "checkout.session": show_session,
    "coupon": show_coupon,
    "file": show_file,
    "file_link": show_link_of_file,
    "promotion_code": show_code,
    "payment_link": show_link,
}
# Members that are left out until somebody asks for them.
_ON_DEMAND: Final[Mapping[tuple[str, str], Callable[[Call, Row], Any]]] = {
    ("apps.secret", "payload"): payload_of,
    ("charge", "refunds"): refunds_of_charge,
    ("coupon", "applies_to"): products_of,
    ("quote", "line_items"): lines_of_quote,
    ("tax.calculation", "line_items"): lines_of_tax,
    ("tax.transaction", "line_items"): lines_of_tax,
    ("checkout.session", "line_items"): lambda call, row: line_items_of(row),
    ("payment_link", "line_items"): lambda call, row: line_items_of(row),
}

# Members that not every object of the kind has: only a charge that paid a destination has a transfer, for one.
_MAY_LACK: Final = frozenset({("charge", "transfer"), ("refund", "failure_balance_transaction")})


def expand(call: Call, answer: Body, paths: list[str]) -> Body:
    """Give the answer with every path expanded; raises 400 for a path that leads nowhere or too deep."""
    if len(paths) > _PATHS_MAX:
        raise invalid(f"You can expand at most {_PATHS_MAX} properties at once.", param="expand")
    for path in paths:
        steps = path.split(".")
        if len(steps) > _DEPTH_MAX + (steps[0] == "data"):
            raise invalid(f"You cannot expand more than {_DEPTH_MAX} levels of a property.", param="expand")
        _walk(call, answer, steps, path)
    return answer


def _walk(call: Call, node: Any, steps: list[str], path: str) -> None:
    if isinstance(node, list):
        for each in node:
            _walk(call, each, steps, path)
        return
    if not steps or not isinstance(node, dict):
        return
    step, rest = steps[0], steps[1:]
    on_demand = _ON_DEMAND.get((str(node.get("object")), step))
    if on_demand is not None:
        row = call.tx.get(node["id"])
        if row is not None and step not in node:
            node[step] = on_demand(call, row)
            if isinstance(node[step], str):
                return  # what it says, not an id
    if step not in node:
        if (str(node.get("object")), step) in _MAY_LACK:
            return
        raise _cannot(path)
    value = node[step]
    if isinstance(value, str):
        node[step] = _referred(call, value, step, path)
    elif isinstance(value, list) and all(isinstance(each, str) for each in value):
        node[step] = [_referred(call, each, step, path) for each in value]
    elif isinstance(value, (int, float)) or (not rest and on_demand is None and _is_plain(value)):
        raise _cannot(path)
    _walk(call, node[step], rest, path)


def _is_plain(value: Any) -> bool:
    return isinstance(value, dict) and "object" not in value


def _referred(call: Call, object_id: str, step: str, path: str) -> Body:
    row = call.tx.get(object_id)
    if row is None or step == "id":
        raise _cannot(path)
    return _shown(call, row)


def _shown(call: Call, row: Row) -> Body:
    if row.hidden.get("deleted"):
        return {"id": row.id, "object": row.kind, "deleted": True}
    return _SHOW.get(row.kind, show)(call, row)


def _cannot(path: str) -> ApiFailure:
    message = f"This property cannot be expanded ({path[:100]}). You may want to try expanding a different property."
    return invalid(message, param="expand")
