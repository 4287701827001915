"""Where bought goods go: asked for at Stripe, read from there, and handed on to whoever sends them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import COUNTRIES
from polidat.payments.facts import Address, IntentFacts, ShippingWish
from polidat.payments.models import Payment

_LABEL = "Shipping"
_PARTS = ("line1", "line2", "city", "state", "postal_code", "country")


def address_params(wish: ShippingWish) -> Any:
    """Return which countries a buyer may name; without any, every one Stripe knows."""
    return {"allowed_countries": list(wish.countries or COUNTRIES)}


def rate_params(wish: ShippingWish, currency: str) -> Any:
    """Return the parameters of a shipping rate over what delivery costs."""
    fixed = {"amount": wish.price_minor, "currency": currency}
    rate: dict[str, Any] = {"type": "fixed_amount", "display_name": wish.name or _LABEL, "fixed_amount": fixed}
    if wish.days is not None and wish.days[0] > 0:  # Stripe takes no day zero
        first, last = ({"unit": "business_day", "value": each} for each in wish.days)
        rate["delivery_estimate"] = {"minimum": first, "maximum": last}
    return rate


def address_in(found: Mapping[str, Any]) -> Address | None:
    """Return the address a session's buyer gave; None when it asked for none, or is not complete."""
    collected = cast(Mapping[str, Any], found.get("collected_information") or {})
    told = cast(Mapping[str, Any], collected.get("shipping_details") or {})
    if not told:
        return None
    parts = cast(Mapping[str, Any], told["address"])
    return Address(name=str(told.get("name") or ""), **{each: str(parts.get(each) or "") for each in _PARTS})


def note_address(payment: Payment, intent: IntentFacts) -> None:
    """Keep the address a payment came with until whoever ships takes it."""
    if intent.ship_to is not None and payment.ships:
        payment.ship_to = asdict(intent.ship_to)


def take_address(session: Session, payment_ref: str) -> Address | None:
    """Return the address a payment came with, and forget it here: it belongs with what is sent."""
    payment = session.scalar(select(Payment).where(Payment.public_id == payment_ref))
    if payment is None or payment.ship_to is None:
        return None
    found, payment.ship_to = Address(**payment.ship_to), None
    session.flush()
    return found
