"""Stores open, listings are drafted, priced, published, found and withdrawn."""

import pytest

from polidat.catalog import (
    NoSuchListing,
    NoSuchStore,
    NotForSale,
    NothingToPublish,
    PriceTooLow,
    StoreNameTaken,
    VersionBlocked,
    browse_listings,
    dataset_of,
    describe_listing,
    draft_listing,
    listing_by_slug,
    listing_for_sale,
    listings_of_datasets,
    listings_of_seller,
    open_store,
    own_listing,
    publish_listing,
    set_price,
    store_by_slug,
    stores_of,
    withdraw_listing,
)
from polidat.core import Conflict, Invalid, Money
from polidat.lake import commit_version
from polidat.people import register
from tests.conftest import NOON


@pytest.fixture
def seller(session):
    return register(session, "seller@example.org", now=NOON)


@pytest.fixture
def store(session, seller):
    return open_store(session, seller, "Ballot Box", now=NOON, tagline="Votes")


def with_version(session, listing, *, blocked=False):
    facts = {"upload": None, "kind": "generic", "rejected_rows": 0, "profiles": {}, "reading": {}, "validation": {}}
    commit_version(session, dataset_of(session, listing), [], is_blocked=blocked, now=NOON, **facts)


@pytest.fixture
def published(session, seller, store):
    listing = draft_listing(session, seller, store, "Polls since 1998", now=NOON)
    describe_listing(
        session, seller, listing.id, summary="Every poll", description="Pollsters and margins", tags=["Polls"]
    )
    with_version(session, listing)
    set_price(session, seller, listing.id, Money(1900, "usd"))
    return publish_listing(session, seller, listing.id, now=NOON)


def test_a_published_listing_is_found_by_its_words(session, published):
    titles = [
        [each.title for each in browse_listings(session, words=words)] for words in ("pollster", "since", "whale", "")
    ]

    assert titles == [["Polls since 1998"], ["Polls since 1998"], [], ["Polls since 1998"]]
    assert [each.id for each in browse_listings(session, store="ballot-box")] == [published.id]
    assert browse_listings(session, words="'; drop table listing; --") == []
    assert listing_for_sale(session, published.id).price == Money(1900, "usd")


def test_a_draft_is_seen_by_its_seller_only(session, seller, store):
    listing = draft_listing(session, seller, store, "Secret numbers", now=NOON)
    stranger = register(session, "x@example.org", now=NOON)

    assert listing_by_slug(session, seller, listing.slug).id == listing.id
    for viewer in (None, stranger):
        with pytest.raises(NoSuchListing):
            listing_by_slug(session, viewer, listing.slug)
    with pytest.raises(NoSuchListing):
        own_listing(session, stranger, listing.id)
    with pytest.raises(NotForSale):
        listing_for_sale(session, listing.id)


def test_publishing_needs_data_that_is_sound_and_a_price(session, seller, store):
    listing = draft_listing(session, seller, store, "Half done", now=NOON)

    with pytest.raises(NothingToPublish):
        publish_listing(session, seller, listing.id, now=NOON)
    with_version(session, listing, blocked=True)
    with pytest.raises(VersionBlocked):
        publish_listing(session, seller, listing.id, now=NOON)
    with_version(session, listing)
    with pytest.raises(Conflict, match="price"):
        publish_listing(session, seller, listing.id, now=NOON)


@pytest.mark.parametrize(("minor", "code"), [(49, "usd"), (-1, "usd"), (5125, "kwd"), (0, "xyz")])
def test_a_price_no_card_can_pay_is_refused(session, seller, store, minor, code):
    listing = draft_listing(session, seller, store, "Odd price", now=NOON)

    with pytest.raises(Invalid):
        set_price(session, seller, listing.id, Money(minor, code))
    assert issubclass(PriceTooLow, Invalid)


def test_a_withdrawn_listing_is_no_longer_for_sale_but_still_shown(session, seller, published):
    withdraw_listing(session, seller, published.id)

    assert browse_listings(session) == []
    assert listing_by_slug(session, None, published.slug).id == published.id
    with pytest.raises(NotForSale):
        listing_for_sale(session, published.id)


def test_names_are_taken_once_and_slugs_differ(session, seller, store, published):
    other = open_store(session, register(session, "b@example.org", now=NOON), "Shop Floor", now=NOON)
    twin = draft_listing(session, seller, other, "Polls since 1998", now=NOON)

    assert twin.slug == f"{published.slug}-2"
    with pytest.raises(StoreNameTaken):
        open_store(session, seller, "ballot  box", now=NOON)
    with pytest.raises(Invalid):
        open_store(session, seller, " ", now=NOON)
    with pytest.raises(Invalid):
        draft_listing(session, seller, store, " ", now=NOON)
    with pytest.raises(Invalid):
        describe_listing(session, seller, published.id, summary="x" * 301, description="")


def test_stores_and_listings_are_found_by_owner_slug_and_dataset(session, seller, store, published):
    assert [each.id for each in stores_of(session, seller)] == [store.id]
    assert store_by_slug(session, "ballot-box").id == store.id
    assert [each.id for each in listings_of_seller(session, seller)] == [published.id]
    assert [each.id for each in listings_of_datasets(session, [published.dataset_id])] == [published.id]
    with pytest.raises(NoSuchStore):
        store_by_slug(session, "nope")
    with pytest.raises(NoSuchListing):
        listing_by_slug(session, None, "nope")
