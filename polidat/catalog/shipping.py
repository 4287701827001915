"""Sell a good that ships: for how much, where to, and whether the data comes with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.catalog.errors import SoldAsAWhole
from polidat.catalog.models import Listing
from polidat.catalog.offer import check_price, own_listing, sold_bit_by_bit
from polidat.catalog.ship_models import Shipping
from polidat.core import COUNTRIES, Invalid, Money
from polidat.events import record
from polidat.people import Person


@dataclass(frozen=True)
class ShippingOffer:
    """What delivery costs, where to (two letters each; none is anywhere), and whether the data comes with it."""

    price: Money
    countries: Sequence[str] = ()
    with_data: bool = True


def set_shipping(
    session: Session, owner: Person, listing_id: int, offer: ShippingOffer | None, *, now: datetime
) -> Shipping | None:
    """Say that a listing is a good that ships, from now on, or with None that it is not; orders keep what they have.

    Raises NoSuchListing, Invalid for a country we do not know, PriceTooLow, SoldAsAWhole while it is sold by
    subscription or by use.
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
    codes = _known(offer.countries)
    check_price(offer.price)
    if sold_bit_by_bit(session, listing_id):
        raise SoldAsAWhole(listing.title)
    if found is None:
        found = Shipping(listing_id=listing_id)
        session.add(found)
    found.price_minor, found.currency, found.countries = offer.price.minor, offer.price.currency, codes
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


def _known(countries: Sequence[str]) -> list[str]:
    codes = list(dict.fromkeys(each.strip().upper() for each in countries if each.strip()))
    wrong = next((each for each in codes if each not in COUNTRIES), None)
    if wrong is not None:
        raise Invalid(f"“{wrong[:20]}” is no country goods can be sent to. Write two letters, such as DE.")
    return codes


def _told(shipping: Shipping | None) -> dict[str, object]:
    if shipping is None:
        return {"price": "", "countries": "", "with_data": "", "ships": False}
    where = ", ".join(shipping.countries)
    return {"price": shipping.price, "countries": where, "with_data": shipping.with_data, "ships": True}
