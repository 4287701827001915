"""Licences that are all for others, and the buyer's own that becomes somebody else's."""

import pytest

from polidat.access import GrantKind, UseKind, grants_of, may_read, my_datasets, record_use, revoke
from polidat.catalog import Asking
from polidat.core import Conflict
from polidat.orders import (
    AlreadyYours,
    NoSuchOrder,
    OneLicenceOnly,
    OwnLicenceStays,
    SeatsTaken,
    add_to_cart,
    cart_of,
    give_own_seat,
    seats_of,
    take_back_seat,
    take_own_seat,
)
from polidat.orders.place import grant_lines
from polidat.orders.seats import end_seats_over
from tests.conftest import NOON
from tests.factories import ordered, ordered_cart
from tests.orders.test_place import listed
from tests.orders.test_seats import LIBRARY, accept, give, paid, places, reads


@pytest.fixture
def listing(session, seller):
    return listed(session, seller)


def bought_for_others(session, buyer, listing, quantity):
    order = ordered(
        session, buyer, [listing.id], key="others", quantities={listing.id: quantity}, for_others=[listing.id], now=NOON
    )
    grant_lines(session, order, GrantKind.PURCHASE, now=NOON)
    return order


def give_own(session, buyer, order, email):
    return give_own_seat(session, buyer, order.public_id, 1, email, library_url=LIBRARY, now=NOON)


def test_who_has_a_dataset_buys_licences_for_others_and_keeps_their_own(session, buyer, ann, listing):
    own = paid(session, buyer, listing, 1)
    with pytest.raises(AlreadyYours, match="licences for others"):
        ordered(session, buyer, [listing.id], key="again", now=NOON)
    more = bought_for_others(session, buyer, listing, 2)
    assert places(session, buyer, more) == ([], 2)
    accept(session, ann, give(session, buyer, more, ann.email))
    give(session, buyer, more, "cy@example.org")

    assert places(session, buyer, more) == ([(1, "ann@example.org"), (2, "cy@example.org")], 0)
    assert (reads(session, buyer, own), reads(session, ann, own)) == (True, True)
    revoke(session, f"{own.public_id}:1", now=NOON)
    assert (reads(session, buyer, own), reads(session, ann, own)) == (False, True)
    assert my_datasets(session, buyer) == []
    assert [each.state for each in grants_of(session, buyer)] == ["active", "revoked"]


def test_licences_for_others_that_go_back_end_seats_and_leave_the_buyers_own(session, buyer, ann, listing):
    own = paid(session, buyer, listing, 1)
    more = bought_for_others(session, buyer, listing, 2)
    accept(session, ann, give(session, buyer, more, ann.email))
    give(session, buyer, more, "cy@example.org")

    end_seats_over(session, more, more.lines[0], 1, now=NOON)
    assert [each.email for each in seats_of(session, buyer, more.public_id)[0].given] == ["ann@example.org"]
    end_seats_over(session, more, more.lines[0], 0, now=NOON)

    assert (reads(session, buyer, own), reads(session, ann, own)) == (True, False)


def test_what_has_no_licences_to_give_away_is_not_bought_for_others(session, buyer, seller):
    free, asking = listed(session, seller, "Free", 0), listed(session, seller, "Asking")
    session.add(Asking(listing_id=asking.id, countries=[], purposes=[], by_seller=True, set_at=NOON))
    session.flush()

    for each in (free, asking):
        with pytest.raises(OneLicenceOnly):
            ordered(session, buyer, [each.id], key="k", for_others=[each.id], now=NOON)


def test_a_cart_asks_before_it_buys_for_others_what_one_has(session, buyer, listing):
    add_to_cart(session, buyer, listing.id, now=NOON)
    paid(session, buyer, listing, 1)
    (item,) = cart_of(session, buyer)
    assert (item.problem, item.has_already) == ("You have it already.", True)

    add_to_cart(session, buyer, listing.id, for_others=True, now=NOON)
    add_to_cart(session, buyer, listing.id, quantity=3, now=NOON)
    (item,) = cart_of(session, buyer)
    order = ordered_cart(session, buyer, key="cart", now=NOON)

    assert (item.problem, item.for_others) == ("", True)
    assert [(each.quantity, each.for_others) for each in order.lines] == [(3, True)]


def test_an_own_licence_that_was_not_used_becomes_somebody_elses_and_can_come_back(session, buyer, ann, listing):
    order = paid(session, buyer, listing, 1)
    seat = give_own(session, buyer, order, ann.email)
    assert not reads(session, buyer, order)
    accept(session, ann, seat)
    assert (reads(session, ann, order), places(session, buyer, order)) == (True, ([(1, "ann@example.org")], 0))
    with pytest.raises(OwnLicenceStays, match="given it away already"):
        give_own(session, buyer, order, "cy@example.org")
    with pytest.raises(SeatsTaken):
        take_own_seat(session, buyer, order.public_id, 1, now=NOON)

    take_back_seat(session, buyer, seat.id, now=NOON)
    take_own_seat(session, buyer, order.public_id, 1, now=NOON)

    assert (reads(session, buyer, order), reads(session, ann, order)) == (True, False)
    with pytest.raises(AlreadyYours):
        take_own_seat(session, buyer, order.public_id, 1, now=NOON)


def test_an_own_licence_that_was_used_or_is_somebody_elses_to_give_stays(session, buyer, ann, seller, listing):
    order = paid(session, buyer, listing, 1)
    for other in (ann, seller):
        with pytest.raises(NoSuchOrder):
            give_own(session, other, order, "x@example.org")
    with pytest.raises(Conflict, match="own address"), session.begin_nested():
        give_own(session, buyer, order, buyer.email)
    record_use(
        session, buyer.id, listing.dataset_id, UseKind.QUERY, scanned_rows=1, scanned_bytes=1, elapsed_ms=1, now=NOON
    )

    with pytest.raises(OwnLicenceStays, match="used it"):
        give_own(session, buyer, order, ann.email)
    assert may_read(session, buyer, listing.dataset_id)
    assert seats_of(session, buyer, order.public_id) == [], "there is nothing to give away, so nothing is shown"


def test_an_own_licence_takes_the_first_place_again_and_whoever_has_it_moves(session, buyer, ann, listing):
    order = paid(session, buyer, listing, 2)
    second = give(session, buyer, order, "cy@example.org")
    accept(session, ann, give_own(session, buyer, order, ann.email))
    take_back_seat(session, buyer, second.id, now=NOON)
    assert places(session, buyer, order) == ([(1, "ann@example.org")], 1)

    take_own_seat(session, buyer, order.public_id, 1, now=NOON)

    assert places(session, buyer, order) == ([(2, "ann@example.org")], 0)
    assert (reads(session, buyer, order), reads(session, ann, order)) == (True, True)
