"""How risky a payment would be: by the test card it is to be paid with, and by the value lists of Radar.

A card that will be disputed or warned of is of the highest risk; so is an e-mail on a list named `block...`.
"""

from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find, show_plain
from stripe_sandbox.kept.lists import ITEM, LIST
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.cards import OUTCOMES
from stripe_sandbox.payments.methods import find_method
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "radar.payment_evaluation"
_SCORES: Final = {"normal": 12.0, "highest": 92.0}


def evaluate(call: Call, params: Body) -> Body:
    """Give what would be advised: to go on, or to block."""
    details, who = params["payment_details"], params["customer_details"]
    if details["amount"] < 0:
        raise invalid("The amount must not be negative.", param="payment_details[amount]")
    if "customer" in who:
        find(call, "customer", who["customer"], param="customer_details[customer]", status=400)
    method = find_method(call, details["payment_method_details"]["payment_method"])
    level = "highest" if _is_bad(method) or _is_listed(call, who.get("email")) else "normal"
    signal = {"evaluated_at": call.now, "risk_level": level, "score": _SCORES[level]}
    names = ("customer", "customer_account", "email", "name", "phone")
    body: Body = {
        **nothing_of(KIND, "outcome", "events"),
        "created_at": call.now,
        "customer_details": {name: who.get(name) for name in names},
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "payment_details": _payment(details, method),
        "recommended_action": "block" if level == "highest" else "continue",
        "signals": {"early_fraud_warning": None, "fraudulent_dispute": None, "fraudulent_payment": signal},
    }
    return show_plain(call, call.add(KIND, body))


def _payment(details: Body, method: Row) -> Body:
    return {
        "amount": details["amount"],
        "currency": check_currency(details["currency"], param="payment_details[currency]"),
        "description": details.get("description"),
        "money_movement_details": details.get("money_movement_details"),
        "payment_method_details": {"billing_details": None, "payment_method": method.id},
        "shipping_details": None,
        "statement_descriptor": details.get("statement_descriptor"),
    }


def _is_bad(method: Row) -> bool:
    outcome = OUTCOMES[method.hidden["card"]["outcome"]] if "card" in method.hidden else None
    return outcome is not None and bool(outcome.disputed or outcome.warned)


def _is_listed(call: Call, email: str | None) -> bool:
    for row in call.tx.find(ITEM, "account = ? AND body ->> '$.value' = ?", (call.account, (email or "").lower())):
        owner = call.tx.get(row.body["value_list"], LIST)
        if owner is not None and owner.body["alias"].startswith("block") and not row.hidden.get("deleted"):
            return True
    return False


_PAYMENT = {
    **dict.fromkeys(("amount", "currency", "description", "money_movement_details", "statement_descriptor"), ANY),
    "payment_method_details": {"payment_method": ANY},
}  # fmt: skip
OPERATIONS = {
    "POST /v1/radar/payment_evaluations": Operation(
        evaluate, {"customer_details": ANY, "metadata": ANY, "payment_details": _PAYMENT}
    )
}
