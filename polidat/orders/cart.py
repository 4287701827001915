"""The cart: what somebody means to buy together, from any sellers, in one currency, signed in or not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.access import waits_for
from polidat.catalog import (
    NOTHING_AGREED,
    Agreed,
    Delivery,
    Listing,
    ListingState,
    Shipping,
    listing_for_sale,
    shipping_of,
    shippings_of,
)
from polidat.core import Conflict, Invalid, Money, TooMuch, secret_digest
from polidat.orders.cart_models import Cart, CartLine
from polidat.orders.models import Order
from polidat.orders.place import LINES_MAX, check_quantity, one_currency, order_of_key, place_order, quantity_most
from polidat.orders.yours import check_not_yours, has_already
from polidat.people import Person

NEW_CARTS_PER_HOUR = 1_000  # of all visitors together: whoever drops the cookie gets a new one each time
NEW_CARTS_PER_CLIENT = 30  # an hour and address, which a whole office may share
_NOTE_CHARS_MAX = 500
_AN_HOUR = timedelta(hours=1)
_HAS_IT = "You have it already."


@dataclass(frozen=True)
class Visitor:
    """Somebody who is not signed in, known by the token in their browser's cookie.

    `client` is the address a new one comes from, empty when nobody knows.
    """

    token: str = field(repr=False)
    client: str = field(default="", repr=False, compare=False)


@dataclass(frozen=True)
class CartItem:
    """A line of a cart as it is now: so many licences, at most `most`; with `for_others` none is the buyer's own.

    `ways` are how a good can be sent, and `way` the one that is chosen; a piece is a good without data. A `problem` is
    why it cannot be ordered, and `was` the price of one licence when it was added.
    """

    listing: Listing
    quantity: int
    most: int
    for_others: bool
    note: str
    was: Money
    problem: str
    ways: Sequence[Delivery] = ()
    way: Delivery | None = None
    is_piece: bool = False

    @property
    def has_already(self) -> bool:
        """Whether its owner has it, so that its licences can only be for others, and they can."""
        return self.problem == _HAS_IT and self.most > 1

    @property
    def has_new_price(self) -> bool:
        """Whether the price changed since it was added."""
        return self.listing.price is not None and self.listing.price != self.was

    @property
    def price(self) -> Money:
        """What the line costs now, before any discount."""
        return Money((self.listing.price_minor or 0) * self.quantity, self.listing.currency)


def add_to_cart(
    session: Session,
    whose: Person | Visitor,
    listing_id: int,
    *,
    quantity: int | None = None,
    for_others: bool | None = None,
    delivery: str | None = None,
    note: str | None = None,
    now: datetime,
) -> None:
    """Put licences of a listing into the cart; one that is in it keeps its place, and what is not given here.

    With `for_others` all of them are to be given away, and one may have the listing already. `delivery` is the way a
    good is sent, by its name.
    Raises NotForSale, OwnListing, AlreadyYours, OneCurrencyPerOrder, OneLicenceOnly, Conflict when it is full, Invalid,
    TooMuch for a new visitor when too many carts were begun in the last hour, by all or from the same address.
    """
    if note is not None and len(note) > _NOTE_CHARS_MAX:
        raise Invalid(f"Keep the note to the seller under {_NOTE_CHARS_MAX} characters.")
    listing, cart = listing_for_sale(session, listing_id), open_cart(session, whose, now=now)
    known = session.get(CartLine, (cart.id, listing_id))
    if for_others is None:
        for_others = known is not None and known.for_others
    if isinstance(whose, Person):
        check_not_yours(session, whose, listing, for_others=for_others)
    check_quantity(session, listing, 1 if quantity is None else quantity, for_others=for_others)
    there = [each.listing for each in cart_of(session, whose) if each.listing.id != listing_id]
    if len(there) >= LINES_MAX:
        raise Conflict(f"The cart is full: it holds {LINES_MAX} datasets. Order these first.")
    if delivery and (ships := shipping_of(session, listing_id)) is not None:
        ships.way(delivery)
    one_currency([*there, listing], shippings_of(session, [*there, listing]))
    row = insert(CartLine).values(
        cart_id=cart.id,
        listing_id=listing_id,
        quantity=quantity or 1,
        for_others=for_others,
        delivery=delivery or "",
        note=(note or "").strip(),
        price_minor=listing.price_minor,
        currency=listing.currency,
        added_at=now,
    )
    again = {name: row.excluded[name] for name in ("price_minor", "currency", "for_others")}
    again |= {"quantity": row.excluded.quantity} if quantity is not None else {}
    again |= {"delivery": row.excluded.delivery} if delivery is not None else {}
    again |= {"note": row.excluded.note} if note is not None else {}
    session.execute(row.on_conflict_do_update(index_elements=["cart_id", "listing_id"], set_=again))


def remove_from_cart(session: Session, whose: Person | Visitor, listing_id: int) -> None:
    """Take a listing out of the cart; nothing happens when it is not in it."""
    mine = CartLine.cart_id.in_(select(Cart.id).where(owned_by(whose)))
    session.execute(delete(CartLine).where(mine & (CartLine.listing_id == listing_id)))


def cart_of(session: Session, whose: Person | Visitor) -> Sequence[CartItem]:
    """Return the cart, in the order things were added, each as it is now, with no more licences than can be bought."""
    rows = session.execute(
        select(CartLine, Listing)
        .join(Cart, Cart.id == CartLine.cart_id)
        .join(Listing, Listing.id == CartLine.listing_id)
        .where(owned_by(whose))
        .order_by(CartLine.added_at, CartLine.listing_id)
    )
    found = [(line, listing) for line, listing in rows]
    ships = shippings_of(session, [listing for _, listing in found])
    items: list[CartItem] = []
    for line, listing in found:
        most, was = quantity_most(session, listing), Money(line.price_minor, line.currency)
        problem = _problem(session, whose, listing, for_others=line.for_others)
        ways, way = _ways(ships.get(listing.id), line.delivery)
        many, is_piece = min(line.quantity, most), listing.id in ships and not ships[listing.id].with_data
        items.append(CartItem(listing, many, most, line.for_others, line.note, was, problem, ways, way, is_piece))
    return items


def cart_cost(session: Session, items: Sequence[CartItem]) -> tuple[Money, Money]:
    """Return what the things in a cart cost before any coupon, and what their delivery does.

    Raises OneCurrencyPerOrder when a seller has changed the currency of one meanwhile.
    """
    listings = [each.listing for each in items]
    ships = shippings_of(session, listings)
    code = one_currency(listings, ships)
    goods = sum(each.price.minor for each in items)
    return Money(goods, code), Money(sum(each.way.price.minor for each in items if each.way is not None), code)


def cart_size(session: Session, whose: Person | Visitor) -> int:
    """Return how many things are in the cart."""
    mine = select(func.count()).select_from(CartLine).join(Cart, Cart.id == CartLine.cart_id).where(owned_by(whose))
    return session.scalar(mine) or 0


def cart_told(session: Session, whose: Person | Visitor) -> str:
    """Return what the owner of a cart should know about what came into it at sign-in; empty when nothing."""
    return session.scalar(select(Cart.told).where(owned_by(whose))) or ""


def note_told(session: Session, whose: Person | Visitor) -> None:
    """Its owner has read what there was to tell."""
    session.execute(update(Cart).where(owned_by(whose)).values(told=""))


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
        quantities={each.listing.id: each.quantity for each in items},
        for_others={each.listing.id for each in items if each.for_others},
        deliveries={each.listing.id: each.way.name for each in items if each.way is not None},
        notes={each.listing.id: each.note for each in items},
        coupon=coupon,
        agreed=agreed,
        now=now,
    )
    cart = open_cart(session, buyer, now=now)
    cart.told = ""
    session.execute(delete(CartLine).where(CartLine.cart_id == cart.id))
    return order


def open_cart(session: Session, whose: Person | Visitor, *, now: datetime) -> Cart:
    """Return the cart, new or known, so that nobody else changes it before this unit of work ends.

    Raises TooMuch for a new one of a visitor when too many were begun in the last hour.
    """
    person_id = whose.id if isinstance(whose, Person) else None
    digest = secret_digest(whose.token) if isinstance(whose, Visitor) else None
    client = whose.client if isinstance(whose, Visitor) else ""
    row = insert(Cart).values(person_id=person_id, digest=digest, client=client, told="", made_at=now, used_at=now)
    begun = session.scalar(row.on_conflict_do_nothing().returning(Cart.id))
    if begun is not None and isinstance(whose, Visitor):
        _check_begun(session, client, now=now)
    cart = session.scalars(select(Cart).where(owned_by(whose)).with_for_update()).one()
    cart.used_at = now
    session.flush()
    return cart


def owned_by(whose: Person | Visitor) -> ColumnElement[bool]:
    """The condition that a cart is theirs."""
    return Cart.person_id == whose.id if isinstance(whose, Person) else Cart.digest == secret_digest(whose.token)


def _check_begun(session: Session, client: str, *, now: datetime) -> None:
    """Raise TooMuch for more new carts of visitors than an hour may have, or an address in it.

    What is used so lately is few and indexed.
    """
    lately = Cart.digest.is_not(None) & (Cart.used_at > now - _AN_HOUR) & (Cart.made_at > now - _AN_HOUR)
    count = select(func.count(), func.count().filter(Cart.client == client)).select_from(Cart).where(lately)
    of_all, of_client = session.execute(count).one()
    if of_all > NEW_CARTS_PER_HOUR or (client and of_client > NEW_CARTS_PER_CLIENT):
        raise TooMuch(
            "Too many carts were begun in the last hour. Sign in to have one of your own, or try again later."
        )


def _ways(ships: Shipping | None, chosen: str) -> tuple[Sequence[Delivery], Delivery | None]:
    """How a good is sent, and the chosen way; the first where its seller offers that one no more."""
    if ships is None:
        return (), None
    return ships.ways, next((each for each in ships.ways if each.name == chosen), ships.ways[0])


def _problem(session: Session, whose: Person | Visitor, listing: Listing, *, for_others: bool) -> str:
    if listing.state != ListingState.PUBLISHED or listing.price is None:
        return "It is not for sale any more."
    if isinstance(whose, Visitor):
        return ""
    if for_others:
        return "" if quantity_most(session, listing) > 1 else "Its licences cannot be given away any more."
    if has_already(session, whose, listing):
        return _HAS_IT
    if waits_for(session, whose, listing.dataset_id):
        return "You have ordered it already, and it is not open yet."
    return ""
