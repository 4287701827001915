"""Open a store, draft a listing, price it, publish it, withdraw it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.catalog.agree import licence_of, note_licence
from polidat.catalog.agreement_models import Licence
from polidat.catalog.errors import NoSuchListing, NothingToPublish, PriceTooLow, StoreNameTaken, VersionBlocked
from polidat.catalog.events import ListingPublished, ListingWithdrawn, PriceAsked, StoreOpened
from polidat.catalog.hosting import hosting_policy
from polidat.catalog.licences import STANDARD_LICENCE
from polidat.catalog.models import Listing, ListingState, Plan, Store, UsagePrice
from polidat.catalog.ship_models import Shipping
from polidat.core import Conflict, Invalid, Money, currency, slug_of
from polidat.events import emit, record
from polidat.lake import Dataset, new_dataset, versions_of
from polidat.people import Person, become_seller

_WORDS_CHARS_MAX = 20_000


def open_store(
    session: Session, owner: Person, name: str, *, now: datetime, tagline: str = "", description: str = ""
) -> Store:
    """Open a storefront; the person is a seller from now on. Raises Invalid, StoreNameTaken."""
    if not 1 <= len(name.strip()) <= 60:
        raise Invalid("Give the store a name of at most 60 characters.")
    slug = slug_of(name)
    if session.scalar(select(Store.id).where(Store.slug == slug)) is not None:
        raise StoreNameTaken(name)
    store = Store(
        owner_id=owner.id,
        slug=slug,
        name=name.strip(),
        tagline=tagline.strip()[:160],
        description=description.strip(),
        opened_at=now,
    )
    policy = hosting_policy(session)
    if policy.required and not policy.trial_days:
        store.hidden_at = now  # until its hosting is paid
    session.add(store)
    session.flush()
    become_seller(session, owner)
    record(session, "store", f"store:{store.id}", by=owner.id, after={"name": store.name, "slug": store.slug})
    emit(session, StoreOpened(store.id, owner.id))
    return store


def draft_listing(session: Session, owner: Person, store: Store, title: str, *, now: datetime) -> Listing:
    """Open an empty dataset in the store and a draft listing for it, under the standard licence.

    Raises Invalid, SlugTaken.
    """
    if not 1 <= len(title.strip()) <= 120:
        raise Invalid("Give the dataset a title of at most 120 characters.")
    dataset = new_dataset(session, owner, store.slug, title, now=now)
    listing = Listing(
        store=store, dataset_id=dataset.id, slug=_free_slug(session, title), title=title.strip(), created_at=now
    )
    session.add(listing)
    session.flush()
    note_licence(session, listing.id, STANDARD_LICENCE, "", now=now)
    return listing


def describe_listing(
    session: Session,
    owner: Person,
    listing_id: int,
    *,
    summary: str,
    description: str,
    attribution: str = "",
    category: str = "",
    tags: Sequence[str] = (),
) -> Listing:
    """Replace what the listing says about itself. Raises NoSuchListing, Invalid."""
    listing = own_listing(session, owner, listing_id)
    if len(summary) > 300 or len(description) > 20_000:
        raise Invalid("Keep the summary under 300 characters and the description under 20,000.")
    listing.summary, listing.description = summary.strip(), description.strip()
    before, listing.attribution = listing.attribution, attribution.strip()[:1000]
    if listing.attribution != before:
        told = {"attribution": listing.attribution}
        record(session, "terms", f"listing:{listing.id}", by=owner.id, before={"attribution": before}, after=told)
    listing.category = category.strip()[:60]
    listing.tags = [slug_of(each) for each in tags if each.strip()][:12]
    session.flush()
    return listing


def set_licence(
    session: Session, owner: Person, listing_id: int, code: str, words: str = "", *, now: datetime
) -> Licence:
    """Give the listing under this licence from now on; other terms than before are a new version.

    Who has accepted an older version keeps what they got under it. Raises NoSuchListing, Invalid.
    """
    listing = own_listing(session, owner, listing_id)
    if len(words) > _WORDS_CHARS_MAX:
        raise Invalid(f"Keep the terms under {_WORDS_CHARS_MAX:,} characters.")
    before = licence_of(session, listing.id)
    noted = note_licence(session, listing.id, code, words, now=now)
    if noted.id != before.id:
        was, said = ({"code": each.code, "number": each.number, "sha256": each.digest} for each in (before, noted))
        record(session, "licence", f"listing:{listing.id}", by=owner.id, before=was, after=said)
    return noted


def set_price(session: Session, owner: Person, listing_id: int, price: Money | None) -> Listing:
    """Ask this much from now on; orders placed before keep theirs. Zero is free, None is not sold as a whole.

    Raises PriceTooLow, Invalid.
    """
    listing = own_listing(session, owner, listing_id)
    was = listing.price
    listing.price_minor = None if price is None else price.minor
    listing.currency = listing.currency if price is None else check_price(price)
    session.flush()
    if listing.price != was:
        record(session, "price", f"listing:{listing.id}", by=owner.id, before={"at": was}, after={"at": price})
    if price is not None and price.minor:
        emit(session, PriceAsked(listing.id, price.minor, price.currency))
    return listing


def check_price(price: Money) -> str:
    """Return the currency's code of a price that can be charged, or is 0. Raises PriceTooLow, Invalid.

    Stripe's least charge is checked here; the house's least price is a rule of fraud, asked when the price is told.
    """
    known = currency(price.currency)
    least = Money(known.charge_min_minor, known.code)
    if price.minor != 0 and price < least:
        raise PriceTooLow(price, least)
    if price.minor % known.charge_step:
        raise Invalid(f"A price in {known.code.upper()} must be a multiple of {Money(known.charge_step, known.code)}.")
    return known.code


def publish_listing(session: Session, owner: Person, listing_id: int, *, now: datetime) -> Listing:
    """Let everybody find and buy it; a good that ships without data needs none.

    Raises NothingToPublish, VersionBlocked, Conflict without a price, or with one for delivery in another currency.
    """
    listing = own_listing(session, owner, listing_id)
    versions, ships = versions_of(session, owner, listing.dataset_id), session.get(Shipping, listing_id)
    if not versions and (ships is None or ships.with_data):
        raise NothingToPublish(listing.title)
    if versions and versions[0].is_blocked:
        raise VersionBlocked(listing.title)
    if listing.price is None and not sold_bit_by_bit(session, listing.id):
        raise Conflict("Set a price first. A price of 0 makes it free.")
    if ships is not None and ships.currency != listing.currency:
        raise Conflict("Set the price of delivery in the currency of the price.")
    if listing.state != ListingState.PUBLISHED:
        listing.state, listing.published_at = ListingState.PUBLISHED, now
        session.flush()
        record(session, "publish", f"listing:{listing.id}", by=owner.id, after={"price": listing.price})
        emit(session, ListingPublished(listing.id, listing.dataset_id, listing.price_minor, listing.currency))
    return listing


def withdraw_listing(session: Session, owner: Person, listing_id: int) -> Listing:
    """Stop selling it. Who has bought it keeps it."""
    listing = own_listing(session, owner, listing_id)
    if listing.state == ListingState.PUBLISHED:
        listing.state = ListingState.WITHDRAWN
        session.flush()
        record(session, "withdraw", f"listing:{listing.id}", by=owner.id, after={"state": listing.state})
        emit(session, ListingWithdrawn(listing.id))
    return listing


def own_listing(session: Session, owner: Person, listing_id: int) -> Listing:
    """Return a listing to its seller or an operator. Raises NoSuchListing for anybody else."""
    found = session.scalar(select(Listing).join(Store).where(Listing.id == listing_id))
    if found is None or (found.store.owner_id != owner.id and not owner.is_operator):
        raise NoSuchListing(str(listing_id))
    return found


def dataset_of(session: Session, listing: Listing) -> Dataset:
    """Return the dataset behind a listing."""
    return session.get_one(Dataset, listing.dataset_id)


def sold_bit_by_bit(session: Session, listing_id: int) -> bool:
    """Return whether a listing is sold by subscription or by use."""
    by_use = select(UsagePrice.listing_id).where(UsagePrice.listing_id == listing_id)
    subscribed = select(Plan.listing_id).where(Plan.listing_id == listing_id)
    return session.scalar(by_use.union_all(subscribed).limit(1)) is not None


def _free_slug(session: Session, title: str) -> str:
    wanted = slug_of(title)
    taken = set(session.scalars(select(Listing.slug).where(Listing.slug.startswith(wanted, autoescape=True))))
    return next(each for n in range(1, len(taken) + 2) if (each := wanted if n == 1 else f"{wanted}-{n}") not in taken)
