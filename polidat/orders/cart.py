"""The cart: what somebody means to buy together, from any sellers, in one currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.catalog import NOTHING_AGREED, Agreed, Listing, ListingState, listing_for_sale
from polidat.core import Conflict, Invalid, Money
from polidat.orders.errors import AlreadyYours, OneCurrencyPerOrder, OwnListing
from polidat.orders.models import CartLine, Order
from polidat.orders.place import LINES_MAX, order_of_key, place_order
from polidat.orders.yours import has_already
from polidat.people import Person

_NOTE_CHARS_MAX = 500


@dataclass(frozen=True)
class CartItem:
    """A line of a cart as it is now. A `problem` is why it cannot be ordered, and `was` the price when it was added."""

    listing: Listing
    note: str
    was: Money
    problem: str

    @property
    def has_new_price(self) -> bool:
        """Whether the price changed since it was added."""
        return self.listing.price is not None and self.listing.price != self.was


def add_to_cart(session: Session, buyer: Person, listing_id: int, *, note: str = "", now: datetime) -> None:
    """Put a listing into the cart; one that is in it keeps its place and takes the new note.

    Raises NotForSale, OwnListing, AlreadyYours, OneCurrencyPerOrder, Conflict when it is full, Invalid.
    """
    if len(note) > _NOTE_CHARS_MAX:
        raise Invalid(f"Keep the note to the seller under {_NOTE_CHARS_MAX} characters.")
    listing = listing_for_sale(session, listing_id)
    _check_may_buy(session, buyer, listing)
    there = [each.listing for each in cart_of(session, buyer) if each.listing.id != listing_id]
    if len(there) >= LINES_MAX:
        raise Conflict(f"The cart is full: it holds {LINES_MAX} datasets. Order these first.")
    if any(each.currency != listing.currency for each in there if each.price_minor) and listing.price_minor:
        raise OneCurrencyPerOrder
    assert listing.price is not None  # a listing for sale has one
    row = insert(CartLine).values(
        buyer_id=buyer.id,
        listing_id=listing_id,
        note=note.strip(),
        price_minor=listing.price.minor,
        currency=listing.currency,
        added_at=now,
    )
    again = {"note": row.excluded.note, "price_minor": row.excluded.price_minor, "currency": row.excluded.currency}
    session.execute(row.on_conflict_do_update(index_elements=["buyer_id", "listing_id"], set_=again))


def remove_from_cart(session: Session, buyer: Person, listing_id: int) -> None:
    """Take a listing out of the cart; nothing happens when it is not in it."""
    mine = (CartLine.buyer_id == buyer.id) & (CartLine.listing_id == listing_id)
    session.execute(delete(CartLine).where(mine))


def cart_of(session: Session, buyer: Person) -> Sequence[CartItem]:
    """Return the cart, in the order things were added, each as it is now."""
    rows = session.execute(
        select(CartLine, Listing)
        .join(Listing, Listing.id == CartLine.listing_id)
        .where(CartLine.buyer_id == buyer.id)
        .order_by(CartLine.added_at, CartLine.listing_id)
    )
    return [
        CartItem(listing, line.note, Money(line.price_minor, line.currency), _problem(session, buyer, listing))
        for line, listing in rows
    ]


def cart_size(session: Session, buyer: Person) -> int:
    """Return how many things are in the cart."""
    return session.scalar(select(func.count()).select_from(CartLine).where(CartLine.buyer_id == buyer.id)) or 0


def order_cart(
    session: Session,
    buyer: Person,
    *,
    key: str,
    now: datetime,
    coupon: str = "",
    agreed: Agreed = NOTHING_AGREED,
) -> Order:
    """Turn the cart into one order, at the prices of now, and empty it. The same key returns the same order.

    Raises what `place_order` raises, and Invalid for an empty cart.
    """
    placed_before = order_of_key(session, buyer, key)
    if placed_before is not None:
        return placed_before
    items = cart_of(session, buyer)
    order = place_order(
        session,
        buyer,
        [each.listing.id for each in items],
        key=key,
        notes={each.listing.id: each.note for each in items},
        coupon=coupon,
        agreed=agreed,
        now=now,
    )
    session.execute(delete(CartLine).where(CartLine.buyer_id == buyer.id))
    return order


def _check_may_buy(session: Session, buyer: Person, listing: Listing) -> None:
    if listing.store.owner_id == buyer.id:
        raise OwnListing(listing.title)
    if has_already(session, buyer, listing):
        raise AlreadyYours(listing.title)


def _problem(session: Session, buyer: Person, listing: Listing) -> str:
    if listing.state != ListingState.PUBLISHED or listing.price is None:
        return "It is not for sale any more."
    if has_already(session, buyer, listing):
        return "You have it already."
    return ""
