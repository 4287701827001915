"""Which methods of payment are offered: kept and shown. The sandbox's own pages take cards and its bank debit."""

from functools import cache
from typing import Final, get_args

from stripe._payment_method_configuration import PaymentMethodConfiguration
from stripe._stripe_object import StripeObject

from stripe_sandbox.call import APPLICATION_ID, Body, Call
from stripe_sandbox.http.operation import ANY
from stripe_sandbox.http.plain import PAGED, find
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.store import Row

KIND: Final = "payment_method_configuration"
_AT_FIRST: Final = frozenset({"apple_pay", "card", "google_pay", "link"})


@cache
def _methods() -> tuple[str, ...]:
    return tuple(
        name
        for name, annotation in PaymentMethodConfiguration.__annotations__.items()
        for each in get_args(annotation)
        if isinstance(each, type) and issubclass(each, StripeObject) and "display_preference" in each.__annotations__
    )


def _body(call: Call, params: Body) -> Body:
    parent = params.get("parent")
    if parent is not None:
        find(call, KIND, parent, noun="payment method configuration", param="parent", status=400)
    others = call.tx.find(KIND, "account = ?", (call.account,))
    body: Body = {
        "active": True,
        "application": APPLICATION_ID if call.is_direct else None,
        "is_default": not others,
        "name": params.get("name", "Default" if not others else "Configuration"),
        "parent": parent,
    }
    return body | {name: _shown(name, params.get(name, {})) for name in _methods()}


def _shown(name: str, given: Body) -> Body:
    preference = given.get("display_preference", {}).get("preference", "none")
    value = preference if preference != "none" else "on" if name in _AT_FIRST else "off"
    return {
        "available": value == "on",
        "display_preference": {"overridable": None, "preference": preference, "value": value},
    }


def _merge(call: Call, row: Row, params: Body) -> None:
    del call
    for name in _methods():
        if name in params:
            row.body[name] = _shown(name, params[name])


def _show(call: Call, row: Row) -> Body:
    del call
    return {name: value for name, value in row.body.items() if name != "created"}


_GIVEN = {name: {"display_preference": {"preference": ANY}} for name in _methods()}
_CONFIGURATIONS = Resource(
    kind=KIND, url="/v1/payment_method_configurations", name="configuration", body=_body, merge=_merge, show=_show,
    takes={**_GIVEN, "name": ANY, "parent": ANY}, changes={**_GIVEN, "active": ANY, "name": ANY},
    plain=("active", "name"), filters=("active", "application"), lists=PAGED, noun="payment method configuration",
)  # fmt: skip
OPERATIONS = _CONFIGURATIONS.operations()
