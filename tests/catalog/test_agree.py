"""A licence is accepted once a version, and nothing is got without that."""

from datetime import timedelta

import pytest

from polidat.access import may_read
from polidat.catalog import (
    KNOWN_LICENCES,
    OWN_TERMS,
    STANDARD_LICENCE,
    Agreed,
    LicenceAccepted,
    LicenceNotAccepted,
    ListingState,
    NoSuchListing,
    Priced,
    acceptance_of,
    agree,
    draft_listing,
    licence_of,
    licences_to_accept,
    open_store,
    pay_per_use,
    set_licence,
    set_usage_prices,
)
from polidat.core import Invalid, secret_digest
from polidat.events import audit_entries
from polidat.orders import place_order
from tests.conftest import NOON

LATER = NOON + timedelta(days=1)


@pytest.fixture
def listing(session, seller):
    made = draft_listing(session, seller, open_store(session, seller, "Ballots", now=NOON), "Polls", now=NOON)
    made.price_minor, made.state = 0, ListingState.PUBLISHED
    session.flush()
    return made


def test_every_listing_has_a_licence_and_other_terms_are_a_new_version(session, seller, listing):
    first = licence_of(session, listing.id)

    same = set_licence(session, seller, listing.id, STANDARD_LICENCE, "  ", now=LATER)
    other = set_licence(session, seller, listing.id, "CC-BY-4.0", "Name Ann Polls.", now=LATER)

    assert (first.code, first.number, same.id, other.number) == (STANDARD_LICENCE, 1, first.id, 2)
    assert other.text.endswith("creativecommons.org/licenses/by/4.0/\n\nName Ann Polls.")
    assert (other.digest, licence_of(session, listing.id).id) == (secret_digest(other.text), other.id)
    (entry,) = audit_entries(session, of=f"listing:{listing.id}", action="licence")
    assert (entry.before["code"], entry.after["code"], entry.after["sha256"]) == (first.code, other.code, other.digest)


@pytest.mark.parametrize("code", [code for code in KNOWN_LICENCES if code != OWN_TERMS])
def test_a_known_licence_says_what_it_allows(session, seller, listing, code):
    licence = set_licence(session, seller, listing.id, code, now=LATER)

    assert code in licence.text
    assert len(licence.text) > 60


@pytest.mark.parametrize(("code", "words"), [("GPL-9", ""), (OWN_TERMS, " "), ("MIT", "x" * 20_001)])
def test_terms_that_cannot_be_are_refused(session, seller, listing, code, words):
    with pytest.raises(Invalid):
        set_licence(session, seller, listing.id, code, words, now=LATER)


def test_only_the_seller_changes_the_terms(session, buyer, listing):
    with pytest.raises(NoSuchListing):
        set_licence(session, buyer, listing.id, "MIT", now=LATER)


def test_nothing_is_got_before_the_version_in_force_is_accepted(session, seller, buyer, listing):
    old = licence_of(session, listing.id)
    set_licence(session, seller, listing.id, "CC0-1.0", now=LATER)
    set_usage_prices(session, seller, listing.id, {Priced.QUERY: 1})
    current = licence_of(session, listing.id)

    for licences in ((), (old.id,), (404_404,)):
        agreed = Agreed(licences)
        for attempt in (
            lambda agreed=agreed: place_order(session, buyer, [listing.id], key="k", now=LATER, agreed=agreed),
            lambda agreed=agreed: pay_per_use(session, buyer, listing.id, now=LATER, agreed=agreed),
        ):
            with pytest.raises(
                LicenceNotAccepted, match=rf"number {current.id} \(Creative Commons Zero 1.0\) of “Polls”"
            ):
                attempt()
    assert not may_read(session, buyer, listing.dataset_id)


def test_the_order_keeps_who_accepted_which_text_and_when(session, buyer, listing):
    told = []
    session.info["reactions"] = {LicenceAccepted: [lambda _, fact: told.append(fact)]}
    licence = licence_of(session, listing.id)

    order = place_order(session, buyer, [listing.id], key="k", now=NOON, agreed=Agreed([licence.id]))

    accepted, text = acceptance_of(session, order.lines[0].acceptance_id)
    assert (accepted.person_id, accepted.digest, accepted.accepted_at) == (buyer.id, licence.digest, NOON)
    assert text is licence
    assert told == [LicenceAccepted(buyer.id, listing.id, licence.id, licence.digest)]
    assert may_read(session, buyer, listing.dataset_id)


def test_a_version_is_accepted_once_and_a_new_one_is_asked_again(session, seller, buyer, listing):
    first = agree(session, buyer, [listing], Agreed([licence_of(session, listing.id).id]), now=NOON)

    assert licences_to_accept(session, buyer, [listing]) == []
    assert agree(session, buyer, [listing], Agreed(), now=LATER) == first
    new = set_licence(session, seller, listing.id, "MIT", now=LATER)
    assert licences_to_accept(session, buyer, [listing]) == [new]
    assert licences_to_accept(session, None, [listing]) == [new]


def test_all_licences_that_are_missing_are_named_at_once(session, seller, buyer, listing):
    store = listing.store
    other = draft_listing(session, seller, store, "Votes", now=NOON)

    with pytest.raises(LicenceNotAccepted, match=r"“Polls”, .*“Votes”"):
        agree(session, buyer, [listing, other], Agreed(), now=NOON)
    assert len(licences_to_accept(session, buyer, [listing, other])) == 2
