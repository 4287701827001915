"""Say what a listing asks its buyers, and whom it is given to."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from polidat.catalog.agreement_models import Asking
from polidat.catalog.attest import asking_of, checked_asking
from polidat.catalog.errors import SoldAsAWhole
from polidat.catalog.offer import own_listing, sold_bit_by_bit
from polidat.catalog.ship_models import Shipping
from polidat.events import record
from polidat.people import Person


def ask_buyers(
    session: Session,
    owner: Person,
    listing_id: int,
    *,
    countries: Sequence[str] = (),
    purposes: Sequence[str] = (),
    by_seller: bool = False,
    now: datetime,
) -> Asking:
    """Ask buyers who they are, where and what for, from now on. Who was asked something else is asked again.

    Empty lists are for any. With `by_seller` the seller decides, within a day, about everybody the rules leave.
    Raises NoSuchListing, Invalid, SoldAsAWhole.
    """
    listing = own_listing(session, owner, listing_id)
    codes, wanted = checked_asking(countries, purposes)
    if by_seller and sold_bit_by_bit(session, listing_id):
        raise SoldAsAWhole(listing.title)
    found = asking_of(session, listing_id)
    if found is None:
        found = Asking(listing_id=listing_id, countries=[], purposes=[], by_seller=False, set_at=now)
        session.add(found)
    elif (found.countries, found.purposes, found.by_seller) == (codes, wanted, by_seller):
        return found
    before = _told(found)
    found.countries, found.purposes, found.by_seller, found.set_at = codes, wanted, by_seller, now
    session.flush()
    record(session, "asking", f"listing:{listing_id}", by=owner.id, before=before, after=_told(found))
    return found


def ask_nothing(session: Session, owner: Person, listing_id: int) -> None:
    """Ask buyers nothing from now on. Raises NoSuchListing."""
    own_listing(session, owner, listing_id)
    found = asking_of(session, listing_id)
    if found is not None:
        before = _told(found)
        session.delete(found)
        session.flush()
        nothing = {"countries": "", "purposes": "", "by_seller": False}
        record(session, "asking", f"listing:{listing_id}", by=owner.id, before=before, after=nothing)


def check_may_be_parted(session: Session, listing_id: int, title: str) -> None:
    """Raise SoldAsAWhole for a listing whose seller decides about each buyer, or that is a good that ships."""
    asking = asking_of(session, listing_id)
    if (asking is not None and asking.by_seller) or session.get(Shipping, listing_id) is not None:
        raise SoldAsAWhole(title)


def _told(asking: Asking) -> dict[str, object]:
    return {
        "countries": ", ".join(asking.countries),
        "purposes": ", ".join(asking.purposes),
        "by_seller": asking.by_seller,
    }
