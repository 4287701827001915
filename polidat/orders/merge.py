"""Carts of visitors: they become the person's at sign-in, or are forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from polidat.access import waits_for
from polidat.catalog import Listing, listings_by_id, shippings_of
from polidat.core import secret_digest
from polidat.orders.cart import Visitor, open_cart, owned_by
from polidat.orders.cart_models import Cart, CartLine
from polidat.orders.errors import OneCurrencyPerOrder
from polidat.orders.place import LINES_MAX, QUANTITY_MAX, one_currency
from polidat.orders.yours import has_already
from polidat.people import Person

VISITOR_CART_LASTS = timedelta(days=30)
_ADDRESS_LASTS = timedelta(hours=1)
_BATCH = 500


def visitor_of(session: Session, token: str | None) -> Visitor | None:
    """Return the visitor with this token; None when no cart is known by it, so that nobody chooses a token."""
    if not token:
        return None
    visitor = Visitor(token)
    return visitor if session.scalar(select(Cart.id).where(owned_by(visitor))) is not None else None


def merge_cart(session: Session, person: Person, token: str | None, *, now: datetime) -> bool:
    """Make what a visitor has chosen the person's, and return whether there was anything.

    Numbers of the same listing are added; the visitor's note and price, being newer, hold. What the person has, has
    ordered or sells is left out, as is what does not fit into one order with the rest; their cart tells. The visitor's
    cart is gone with this, so a second sign-in adds nothing.
    """
    chosen = _taken(session, token)
    if not chosen:
        return False
    cart = open_cart(session, person, now=now)
    own = {each.listing_id: each for each in session.scalars(select(CartLine).where(CartLine.cart_id == cart.id))}
    listings = {each.id: each for each in listings_by_id(session, [each.listing_id for each in chosen])}
    left_out: list[str] = []
    for line in chosen:
        listing, kept = listings[line.listing_id], own.get(line.listing_id)
        for_others = kept is not None and kept.for_others
        others = [each for each in own.values() if each is not kept]
        why = "" if for_others else _why_not(session, person, listing, others)
        if why:
            left_out.append(f"“{listing.title}” {why}.")
            continue
        if kept is None:
            kept = CartLine(cart_id=cart.id, listing_id=line.listing_id, quantity=0, note="", added_at=line.added_at)
            session.add(kept)
            own[line.listing_id] = kept
        kept.quantity = min(kept.quantity + line.quantity, QUANTITY_MAX)
        kept.note, kept.price_minor, kept.currency = line.note or kept.note, line.price_minor, line.currency
    if left_out:
        cart.told = " ".join(["Left out of your cart:", *left_out])
    session.flush()
    return True


def forget_carts(session: Session, *, now: datetime) -> int:
    """Delete all carts of visitors who have not come back for a month; returns how many. Run it every hour.

    Of the others the address they were begun from is forgotten after an hour: nobody asks for it any more.
    """
    known = (Cart.client != "") & (Cart.made_at <= now - _ADDRESS_LASTS)
    session.execute(update(Cart).where(known).values(client=""))
    old = Cart.digest.is_not(None) & (Cart.used_at <= now - VISITOR_CART_LASTS)
    batch = select(Cart.id).where(old).limit(_BATCH).with_for_update(skip_locked=True)
    forgotten = 0
    while ids := session.scalars(batch).all():
        session.execute(delete(CartLine).where(CartLine.cart_id.in_(ids)))
        session.execute(delete(Cart).where(Cart.id.in_(ids)))
        forgotten += len(ids)
    return forgotten


def _taken(session: Session, token: str | None) -> Sequence[CartLine]:
    """The lines of a visitor's cart, which is gone; whoever comes second waits here and finds nothing."""
    if not token:
        return ()
    digest = secret_digest(token)
    cart_id = session.scalar(select(Cart.id).where(Cart.digest == digest).with_for_update())
    if cart_id is None:
        return ()
    of_cart = select(CartLine).where(CartLine.cart_id == cart_id)
    lines = session.scalars(of_cart.order_by(CartLine.added_at, CartLine.listing_id)).all()
    for each in lines:
        session.expunge(each)
    session.execute(delete(CartLine).where(CartLine.cart_id == cart_id))
    session.execute(delete(Cart).where(Cart.id == cart_id))
    return lines


def _why_not(session: Session, person: Person, listing: Listing, others: Sequence[CartLine]) -> str:
    """Why a listing cannot join the cart, as the end of a sentence; empty when it can."""
    if listing.store.owner_id == person.id:
        return "is your own listing"
    if has_already(session, person, listing):
        return "is in your library already"
    if waits_for(session, person, listing.dataset_id):
        return "is ordered already"
    if len(others) >= LINES_MAX:
        return "has no room in it"
    together = [*(session.get_one(Listing, each.listing_id) for each in others), listing]
    try:
        one_currency(together, shippings_of(session, together))
    except OneCurrencyPerOrder:
        return f"is priced in {listing.currency.upper()}, other than the rest; order that first"
    return ""
