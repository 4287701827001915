"""What a listing asks its buyers, decided by its rules at once."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polidat.catalog import (
    Agreed,
    Asking,
    AttestationNeeded,
    AttestationState,
    Attested,
    Interval,
    ListingState,
    NoSuchListing,
    NotGivenTo,
    PlanOffer,
    Priced,
    SoldAsAWhole,
    ask_buyers,
    ask_nothing,
    asking_of,
    askings_for,
    draft_listing,
    licence_of,
    open_store,
    pay_per_use,
    set_plans,
    set_usage_prices,
)
from polidat.catalog.attest import why_not
from polidat.core import Invalid, Money
from polidat.events import audit_entries
from polidat.orders import place_order
from tests.conftest import NOON

LATER = NOON + timedelta(days=1)
ANN = Attested("Ann, University of Graz", "at", "Teaching ")


@pytest.fixture
def listing(session, seller):
    made = draft_listing(session, seller, open_store(session, seller, "Ballots", now=NOON), "Polls", now=NOON)
    made.price_minor, made.state = 1_900, ListingState.PUBLISHED
    session.flush()
    return made


def order(session, buyer, listing, attested, *, key="k", at=NOON):
    agreed = Agreed([licence_of(session, listing.id).id], attested)
    return place_order(session, buyer, [listing.id], key=key, now=at, agreed=agreed)


def test_answers_within_the_rules_are_approved_at_once_and_kept_with_the_order(session, seller, buyer, listing):
    ask_buyers(session, seller, listing.id, countries=["at", " DE"], purposes=["teaching", "Research"], now=NOON)

    (line,) = order(session, buyer, listing, ANN).lines

    kept = line.attestation
    assert (kept.who, kept.country, kept.purpose) == ("Ann, University of Graz", "AT", "Teaching")
    assert (kept.state, kept.decided_at, kept.decided_by) == (AttestationState.APPROVED, NOON, None)
    assert line.may_open


@pytest.mark.parametrize(
    ("attested", "error", "says"),
    [
        (None, AttestationNeeded, "asks who you are"),
        (Attested("Ann", "FR", "Teaching"), NotGivenTo, "to buyers in FR, only in AT"),
        (Attested("Ann", "AT", "Resale"), NotGivenTo, "for “Resale”, only for: Teaching"),
        (Attested(" ", "AT", "Teaching"), Invalid, "who you are"),
        (Attested("Ann", "AT", "x" * 201), Invalid, "what for"),
        (Attested("Ann", "Austria", "Teaching"), Invalid, "two letters"),
    ],
)
def test_without_fitting_answers_nothing_is_ordered(session, seller, buyer, listing, attested, error, says):
    ask_buyers(session, seller, listing.id, countries=["AT"], purposes=["Teaching"], now=NOON)
    set_usage_prices(session, seller, listing.id, {Priced.QUERY: 1})
    agreed = Agreed([licence_of(session, listing.id).id], attested)

    with pytest.raises(error, match=says):
        place_order(session, buyer, [listing.id], key="k", now=NOON, agreed=agreed)
    with pytest.raises(error, match=says):
        pay_per_use(session, buyer, listing.id, now=NOON, agreed=agreed)


def test_approved_answers_hold_until_the_seller_asks_something_else(session, seller, buyer, listing):
    ask_buyers(session, seller, listing.id, now=NOON)
    first = order(session, buyer, listing, ANN).lines[0].attestation

    again = ask_buyers(session, seller, listing.id, now=LATER)
    assert again.set_at == NOON, "the same questions are no new ones"
    assert askings_for(session, buyer, [listing]) == []
    assert order(session, buyer, listing, None, key="k2").lines[0].attestation is first
    ask_buyers(session, seller, listing.id, countries=["AT"], now=LATER)
    assert [each.listing_id for each in askings_for(session, buyer, [listing])] == [listing.id]
    with pytest.raises(AttestationNeeded):
        order(session, buyer, listing, None, key="k3", at=LATER)


def test_a_listing_that_asks_nothing_any_more_is_sold_without_answers(session, seller, buyer, listing):
    ask_buyers(session, seller, listing.id, countries=["AT"], now=NOON)
    ask_nothing(session, seller, listing.id)

    assert asking_of(session, listing.id) is None
    assert order(session, buyer, listing, None).lines[0].attestation is None
    entries = audit_entries(session, of=f"listing:{listing.id}", action="asking")
    assert [each.after.get("countries") for each in entries] == ["", "AT"]


def test_who_decides_about_each_buyer_sells_as_a_whole(session, seller, listing):
    plans, prices = {Interval.MONTH: PlanOffer(Money(500, "usd"))}, {Priced.QUERY: 1}
    ask_buyers(session, seller, listing.id, by_seller=True, now=NOON)

    with pytest.raises(SoldAsAWhole):
        set_plans(session, seller, listing.id, plans)
    with pytest.raises(SoldAsAWhole):
        set_usage_prices(session, seller, listing.id, prices)
    ask_buyers(session, seller, listing.id, now=NOON)
    set_plans(session, seller, listing.id, plans)
    with pytest.raises(SoldAsAWhole):
        ask_buyers(session, seller, listing.id, by_seller=True, now=NOON)


@pytest.mark.parametrize(("countries", "purposes"), [(["Austria"], []), ([], ["x" * 201])])
def test_questions_that_cannot_be_are_refused(session, seller, listing, countries, purposes):
    with pytest.raises(Invalid):
        ask_buyers(session, seller, listing.id, countries=countries, purposes=purposes, now=NOON)


def test_only_the_seller_says_what_is_asked(session, buyer, listing):
    with pytest.raises(NoSuchListing):
        ask_buyers(session, buyer, listing.id, now=NOON)
    with pytest.raises(NoSuchListing):
        ask_nothing(session, buyer, listing.id)


CODES, WORDS = st.sampled_from(["AT", "DE", "FR"]), st.sampled_from(["Teaching", "teaching ", "Press", "Resale"])


@given(st.lists(CODES), st.lists(WORDS), CODES, WORDS)
def test_the_rules_refuse_exactly_what_is_not_on_a_list(countries, purposes, country, purpose):
    asking = Asking(countries=countries, purposes=purposes, by_seller=False)

    why = why_not(asking, Attested("Ann", country, purpose))

    fits = not countries or country in countries
    fits &= not purposes or purpose.strip().lower() in {each.strip().lower() for each in purposes}
    assert (why == "") == fits
