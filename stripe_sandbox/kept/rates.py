"""Tax rates, which invoices and subscriptions bear, and shipping rates, of which links and sessions take one."""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency, check_step
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.operation import ANY
from stripe_sandbox.http.resource import Resource

_TAX_PLAIN: Final = ("active", "country", "description", "display_name", "jurisdiction", "state", "tax_type")


def _tax_body(call: Call, params: Body) -> Body:
    del call
    percentage = params["percentage"]
    if not 0 <= percentage <= 100:
        raise invalid("The percentage must be between 0 and 100.", param="percentage")
    return {
        **{name: params.get(name) for name in _TAX_PLAIN},
        "active": params.get("active", True),
        "effective_percentage": percentage,
        "inclusive": params["inclusive"],
        "metadata": {},
        "percentage": percentage,
        "rate_type": "percentage",
    }


def _shipping_body(call: Call, params: Body) -> Body:
    del call
    fixed = params.get("fixed_amount")
    if fixed is None:
        raise invalid("Missing required param: fixed_amount.", param="fixed_amount", code="parameter_missing")
    currency = check_currency(fixed["currency"], param="fixed_amount[currency]")
    check_step(fixed["amount"], currency, param="fixed_amount[amount]")
    if fixed["amount"] < 0:
        raise invalid("The amount must not be negative.", param="fixed_amount[amount]")
    return {
        "active": True,
        "delivery_estimate": params.get("delivery_estimate"),
        "display_name": params["display_name"],
        "fixed_amount": {"amount": fixed["amount"], "currency": currency},
        "metadata": {},
        "tax_behavior": params.get("tax_behavior", "unspecified"),
        "tax_code": params.get("tax_code"),
        "type": "fixed_amount",
    }


_TAX = Resource(
    kind="tax_rate", url="/v1/tax_rates", name="tax_rate", body=_tax_body, plain=_TAX_PLAIN,
    takes={**dict.fromkeys(_TAX_PLAIN, ANY), "inclusive": ANY, "percentage": ANY},
    changes=dict.fromkeys(_TAX_PLAIN, ANY), filters=("active", "inclusive"), told=("created", "updated"),
)  # fmt: skip
SHIPPING = Resource(
    kind="shipping_rate", url="/v1/shipping_rates", name="shipping_rate_token", body=_shipping_body,
    takes={
        "display_name": ANY, "type": ANY, "tax_behavior": ANY, "tax_code": ANY,
        "fixed_amount": {"amount": ANY, "currency": ANY},
        "delivery_estimate": {"minimum": {"unit": ANY, "value": ANY}, "maximum": {"unit": ANY, "value": ANY}},
    },
    changes={"active": ANY, "tax_behavior": ANY}, plain=("active", "tax_behavior"), filters=("active",),
)  # fmt: skip
OPERATIONS = {**_TAX.operations(), **SHIPPING.operations()}
