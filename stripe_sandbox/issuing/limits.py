"""What a card or its holder may spend, where, and for what."""

from typing import Any, Final

from stripe_sandbox.call import Body
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.operation import ANY

_LISTS: Final = (
    "allowed_card_presences",
    "allowed_categories",
    "allowed_merchant_countries",
    "blocked_card_presences",
    "blocked_categories",
    "blocked_merchant_countries",
)
SPENDING: Final[dict[str, Any]] = {
    **dict.fromkeys(_LISTS, ANY),
    "spending_limits": {"amount": ANY, "categories": ANY, "interval": ANY},
    "spending_limits_currency": ("usd",),
}
"""What of the spending controls is played: limits by interval, and where and for what money may be spent."""


def controls_of(params: Body) -> Body:
    """Give the controls asked for, with every member the API shows; raises 400 for lists that contradict each other."""
    given = params.get("spending_controls", {})
    limits = given.get("spending_limits") or []
    if any(each["amount"] < 1 for each in limits):
        raise invalid("A spending limit must be positive.", param="spending_controls[spending_limits]")
    for what in ("card_presences", "categories", "merchant_countries"):
        if given.get(f"allowed_{what}") and given.get(f"blocked_{what}"):
            message = f"You may only specify one of: allowed_{what}, blocked_{what}."
            raise invalid(message, param=f"spending_controls[allowed_{what}]")
    shown = [
        {"amount": each["amount"], "categories": each.get("categories"), "interval": each["interval"]}
        for each in limits
    ]
    return {**{name: given.get(name) or None for name in _LISTS}, "spending_limits": shown}
