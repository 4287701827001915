"""Find what is offered."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Double, SQLColumnExpression, cast, func, or_, select
from sqlalchemy.orm import Session

from polidat.catalog.errors import NoSuchListing, NoSuchStore, NotForSale
from polidat.catalog.models import Listing, ListingState, Store
from polidat.core import NoSuchPlace
from polidat.people import Person

_PUBLISHED = Listing.state == ListingState.PUBLISHED


def browse_listings(
    session: Session, *, words: str = "", store: str | None = None, limit: int = 60, offset: int = 0, after: str = ""
) -> Sequence[Listing]:
    """Return published listings: best match first when there are words, else newest first.

    With `after` only those behind the listing of that slug. Raises NoSuchPlace when there is none.
    """
    statement = select(Listing).join(Store).where(_PUBLISHED & Store.hidden_at.is_(None))
    if store is not None:
        statement = statement.where(Store.slug == store)
    if words.strip():
        query = func.websearch_to_tsquery("english", words)
        like = f"%{words.strip().lower()}%"
        statement = statement.where(
            or_(
                Listing.searched.op("@@")(query),
                func.lower(Listing.title).like(like),
                func.lower(Store.name).like(like),
            )
        )
        first: SQLColumnExpression[Any] = cast(func.ts_rank(Listing.searched, query), Double)
    else:
        first = Listing.published_at
    if after:
        place = session.execute(
            select(first, Listing.id).where((Listing.slug == after) & (Listing.state != ListingState.DRAFT))
        ).one_or_none()
        if place is None:
            raise NoSuchPlace
        statement = statement.where(or_(first < place[0], (first == place[0]) & (Listing.id > place[1])))
    return session.scalars(statement.order_by(first.desc(), Listing.id).limit(limit).offset(offset)).all()


def listing_by_slug(session: Session, viewer: Person | None, slug: str) -> Listing:
    """Return a listing this viewer may see: published, or their own. Raises NoSuchListing.

    A withdrawn listing is still shown, so that its buyers find their way back to it.
    """
    found = session.scalar(select(Listing).join(Store).where(Listing.slug == slug))
    if found is None:
        raise NoSuchListing(slug)
    is_own = viewer is not None and (viewer.is_operator or found.store.owner_id == viewer.id)
    if found.state == ListingState.DRAFT and not is_own:
        raise NoSuchListing(slug)
    return found


def listing_for_sale(session: Session, listing_id: int) -> Listing:
    """Return a listing that can be bought now. Raises NotForSale, NoSuchListing."""
    found = session.get(Listing, listing_id)
    if found is None:
        raise NoSuchListing(str(listing_id))
    if found.state != ListingState.PUBLISHED or found.price is None or found.store.hidden_at is not None:
        raise NotForSale(found.title)
    return found


def listings_of_datasets(session: Session, dataset_ids: Sequence[int]) -> Sequence[Listing]:
    """Return the listings of these datasets, whatever their state, by title."""
    return session.scalars(select(Listing).where(Listing.dataset_id.in_(dataset_ids)).order_by(Listing.title)).all()


def listings_by_id(session: Session, listing_ids: Sequence[int]) -> Sequence[Listing]:
    """Return these listings, whatever their state."""
    return session.scalars(select(Listing).where(Listing.id.in_(listing_ids)).order_by(Listing.id)).all()


def stores_of(session: Session, owner: Person) -> Sequence[Store]:
    """Return the person's stores, oldest first."""
    return session.scalars(select(Store).where(Store.owner_id == owner.id).order_by(Store.id)).all()


def store_by_slug(session: Session, slug: str) -> Store:
    """Return the store. Raises NoSuchStore."""
    found = session.scalar(select(Store).where(Store.slug == slug))
    if found is None:
        raise NoSuchStore(slug)
    return found


def listings_of_seller(session: Session, owner: Person) -> Sequence[Listing]:
    """Return all listings of the person's stores, newest first."""
    statement = select(Listing).join(Store).where(Store.owner_id == owner.id)
    return session.scalars(statement.order_by(Listing.id.desc())).all()
