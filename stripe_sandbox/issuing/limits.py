"""What a card or its holder may spend."""

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
    "spending_limits": {"amount": ANY, "interval": ANY},
    "spending_limits_currency": ("usd",),
}
"""What of the spending controls is played: limits by interval."""


def controls_of(params: Body) -> Body:
    """Give the controls asked for, with every member the API shows."""
    limits = params.get("spending_controls", {}).get("spending_limits") or []
    if any(each["amount"] < 1 for each in limits):
        raise invalid("A spending limit must be positive.", param="spending_controls[spending_limits]")
    shown = [{"amount": each["amount"], "categories": None, "interval": each["interval"]} for each in limits]
    return {**dict.fromkeys(_LISTS), "spending_limits": shown}
