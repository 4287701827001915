"""Confirmation tokens: what a customer has entered, to be used once. In the sandbox only tests create them.

Source: docs.stripe.com/payments/payment-element/migration-ct.
"""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, not_built
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find, retrieve_of, show_plain
from stripe_sandbox.payments.methods import create_method, find_method
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "confirmation_token"
_KEPT_S: Final = 12 * 3600


def create_token(call: Call, params: Body) -> Body:
    """Play a customer who has filled in the form."""
    method = _method(call, params)
    preview = {
        name: value
        for name, value in method.body.items()
        if name not in ("created", "id", "livemode", "metadata", "object")
    }
    body: Body = {
        **nothing_of(KIND),
        "created": call.now,
        "expires_at": call.now + _KEPT_S,
        "livemode": False,
        "payment_method_preview": preview,
        "return_url": params.get("return_url"),
        "setup_future_usage": params.get("setup_future_usage"),
        "shipping": {"phone": None, **params["shipping"]} if "shipping" in params else None,
        "use_stripe_sdk": True,
    }
    return show_plain(call, call.add(KIND, body, hidden={"method": method.id}))


def _method(call: Call, params: Body) -> Row:
    if "payment_method" in params:
        return find_method(call, params["payment_method"])
    given = params.get("payment_method_data")
    if given is None:
        raise invalid("You must give `payment_method` or `payment_method_data`.", param="payment_method",
                      code="parameter_missing")  # fmt: skip
    if given["type"] != "card":
        raise not_built(f"confirmation tokens of type {given['type']}")
    made = create_method(call, {"type": "card", "card": {"token": "tok_visa"},
                                **{name: given[name] for name in ("billing_details",) if name in given}})  # fmt: skip
    return find(call, "payment_method", made["id"])


def use_confirmation(call: Call, params: Body, intent: Row) -> Body:
    """Give the parameters of a confirmation with what its token says, and use that up; 400 for one that is gone."""
    token_id = params.get("confirmation_token")
    if token_id is None:
        return params
    row = find(call, KIND, token_id, noun="confirmation token", param="confirmation_token", status=400)
    if row.hidden.get("used") or row.body["expires_at"] <= call.now:
        raise invalid("This confirmation token was used already, or is too old.", param="confirmation_token")
    row.hidden["used"] = True
    row.body["payment_intent" if intent.kind == "payment_intent" else "setup_intent"] = intent.id
    row.body["expires_at"] = None
    call.tx.save(row)
    carried = {name: row.body[name] for name in ("return_url", "setup_future_usage", "shipping") if row.body[name]}
    return {"payment_method": row.hidden["method"], **carried, **params}


OPERATIONS = {
    "GET /v1/confirmation_tokens/{confirmation_token}": Operation(retrieve_of(KIND, noun="confirmation token")),
    "POST /v1/test_helpers/confirmation_tokens": Operation(
        create_token,
        {
            "payment_method": ANY, "return_url": ANY, "setup_future_usage": ANY, "shipping": ANY,
            "payment_method_data": {"type": ANY, "card": ANY, "billing_details": ANY},
        },
    ),
}  # fmt: skip
