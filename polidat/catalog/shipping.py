"""Sell a good that ships: in which ways, for how much, where to, and whether the data comes with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.catalog.errors import SoldAsAWhole
from polidat.catalog.models import Listing
from polidat.catalog.offer import check_price, own_listing, sold_bit_by_bit
from polidat.catalog.ship_models import STANDARD_DELIVERY, Delivery, Shipping
from polidat.core import COUNTRIES, Invalid, Money
from polidat.events import record
from polidat.people import Person

WAYS_MAX = 5
_NAME_CHARS_MAX = 60
_DAYS_MAX = 90


@dataclass(frozen=True)
class ShippingOffer:
    """The ways a good is sent, the first for who does not choose, and whether the data comes with it."""

    ways: Sequence[Delivery]
    with_data: bool = True

    @classmethod
    def flat(cls, price: Money, countries: Sequence[str] = (), with_data: bool = True) -> "ShippingOffer":
        """Return an offer of one way, for one price."""
        return cls([Delivery(STANDARD_DELIVERY, price, countries)], with_data)


def set_shipping(
    session: Session, owner: Person, listing_id: int, offer: ShippingOffer | None, *, now: datetime
) -> Shipping | None:
    """Say that a listing is a good that ships, from now on, or with None that it is not; orders keep what they have.

    Raises NoSuchListing, Invalid for ways that are none, too many, alike or to a country we do not know, PriceTooLow,
    SoldAsAWhole while it is sold by subscription or by use.
    """
    listing = own_listing(session, owner, listing_id)
    found = shipping_of(session, listing_id)
    before = _told(found)
    if offer is None:
        if found is not None:
            session.delete(found)
            session.flush()
            record(session, "shipping", f"listing:{listing_id}", by=owner.id, before=before, after=_told(None))
        return None
    ways = _checked(offer.ways)
    if sold_bit_by_bit(session, listing_id):
        raise SoldAsAWhole(listing.title)
    if found is None:
        found = Shipping(listing_id=listing_id)
        session.add(found)
    found.deliveries, found.currency = [_kept(each) for each in ways], ways[0].price.currency
    found.with_data, found.set_at = offer.with_data, now
    session.flush()
    after = _told(found)
    if before != after:
        record(session, "shipping", f"listing:{listing_id}", by=owner.id, before=before, after=after)
    return found


def shipping_of(session: Session, listing_id: int) -> Shipping | None:
    """Return how a listing ships; None for one that does not."""
    return session.get(Shipping, listing_id)


def shippings_of(session: Session, listings: Sequence[Listing]) -> Mapping[int, Shipping]:
    """Return how these listings ship, by listing; those that do not are left out."""
    found = session.scalars(select(Shipping).where(Shipping.listing_id.in_([each.id for each in listings])))
    return {each.listing_id: each for each in found}


def _checked(ways: Sequence[Delivery]) -> Sequence[Delivery]:
    """The ways as they are kept. Raises Invalid, PriceTooLow."""
    if not 1 <= len(ways) <= WAYS_MAX:
        raise Invalid(f"Offer one to {WAYS_MAX} ways of delivery.")
    named = [replace(each, name=" ".join(each.name.split()), countries=_known(each.countries)) for each in ways]
    for each in named:
        if not 1 <= len(each.name) <= _NAME_CHARS_MAX:
            raise Invalid(f"Give each way of delivery a name of up to {_NAME_CHARS_MAX} characters.")
        if each.days is not None and not 0 <= each.days[0] <= each.days[1] <= _DAYS_MAX:
            raise Invalid(
                f"“{each.name}” takes from 0 to {_DAYS_MAX} working days, the first number not above the last."
            )
        check_price(each.price)
    if len({each.name.casefold() for each in named}) < len(named):
        raise Invalid("Two ways of delivery have the same name. Give each its own.")
    if len({each.price.currency for each in named}) > 1:
        raise Invalid("Price all ways of delivery in one currency.")
    return named


def _kept(way: Delivery) -> dict[str, object]:
    days = list(way.days) if way.days is not None else None
    return {"name": way.name, "price_minor": way.price.minor, "countries": list(way.countries), "days": days}


def _known(countries: Sequence[str]) -> list[str]:
    codes = list(dict.fromkeys(each.strip().upper() for each in countries if each.strip()))
    wrong = next((each for each in codes if each not in COUNTRIES), None)
    if wrong is not None:
        raise Invalid(f"“{wrong[:20]}” is no country goods can be sent to. Write two letters, such as DE.")
    return codes


def _told(shipping: Shipping | None) -> dict[str, object]:
    if shipping is None:
        return {"price": "", "countries": "", "with_data": "", "ships": False}
    prices = "; ".join(f"{each.name}: {each.price}" for each in shipping.ways)
    where = "; ".join(", ".join(each.countries) or "any" for each in shipping.ways)
    return {"price": prices, "countries": where, "with_data": shipping.with_data, "ships": True}
