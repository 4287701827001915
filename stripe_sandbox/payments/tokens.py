"""Tokens: details that were entered somewhere else, to be used once. Of a bank account four digits are kept.

Cards are not made tokens here: a card number is refused, as everywhere. Test tokens (`tok_visa`) can be looked at.
"""

from typing import Any, Final

from stripe_sandbox.accounts.external import read_external
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import show_plain
from stripe_sandbox.ids import random_text
from stripe_sandbox.schema.blank import nothing_of

KIND: Final = "token"
_KINDS: Final = ("account", "bank_account", "card", "cvc_update", "person", "pii")
_PREFIXES: Final = {"bank_account": "btok_", "account": "ct_", "person": "cpt_", "pii": "pii_", "cvc_update": "cvctok_"}


def create_token(call: Call, params: Body) -> Body:
    """Turn details of one kind into a token."""
    given = [name for name in _KINDS if name in params]
    if len(given) != 1:
        raise invalid("You must give exactly one of account, bank_account, card, cvc_update, person or pii.")
    kind = given[0]
    if kind == "card":
        message = (
            "Sending credit card numbers directly to the Stripe API is generally unsafe. The sandbox takes test "
            "tokens only, such as tok_visa."
        )
        raise invalid(message, param="card[number]")
    body: Body = {
        **nothing_of(KIND),
        "id": f"{_PREFIXES[kind]}{random_text(24)}",
        "created": call.now,
        "livemode": False,
        "type": kind,
        "used": False,
    }
    hidden: Body = {}
    if kind == "bank_account":
        external = read_external(call, {"object": "bank_account", **params["bank_account"]})
        body["bank_account"] = {"id": f"ba_{random_text(24)}", **external}
    elif kind in ("account", "person"):
        hidden["given"] = params[kind]
    return show_plain(call, call.add(KIND, body, hidden=hidden))


def retrieve_token(call: Call, params: Body, token_id: str) -> Body:
    """Give one token; those every test may use exist as well."""
    del params
    row = call.tx.get(token_id, KIND, call.account)
    if row is not None:
        return show_plain(call, row)
    external: Any = read_external(call, token_id, param="token", status=404)
    kind = external["object"]
    shown = {"id": f"{'ba' if kind == 'bank_account' else 'card'}_{token_id.partition('_')[2]}", **external}
    resting = {**nothing_of(KIND), "id": token_id, "object": KIND, "created": call.now, "livemode": False}
    return {**resting, kind: shown, "type": kind, "used": False}


_TAKES = {
    "account": ANY, "bank_account": ANY, "card": ANY, "cvc_update": ANY, "person": ANY, "pii": ANY,
}  # fmt: skip
OPERATIONS = {
    "POST /v1/tokens": Operation(create_token, _TAKES),
    "GET /v1/tokens/{token}": Operation(retrieve_token),
}
