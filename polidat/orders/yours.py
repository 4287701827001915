"""Whether somebody has, or sells, what they are about to buy."""

from sqlalchemy.orm import Session

from polidat.access import reads_freely
from polidat.catalog import Listing, shipping_of
from polidat.orders.errors import AlreadyYours, OwnListing
from polidat.people import Person


def has_already(session: Session, buyer: Person, listing: Listing) -> bool:
    """Return whether the person has all a listing gives. Of a good without data one may always have another."""
    ships = shipping_of(session, listing.id)
    return (ships is None or ships.with_data) and reads_freely(session, buyer, listing.dataset_id)


def check_not_yours(session: Session, buyer: Person, listing: Listing, *, for_others: bool = False) -> None:
    """Raise OwnListing for what the person sells, AlreadyYours for what they have, unless it is all `for_others`."""
    if listing.store.owner_id == buyer.id:
        raise OwnListing(listing.title)
    if not for_others and has_already(session, buyer, listing):
        raise AlreadyYours(listing.title)
