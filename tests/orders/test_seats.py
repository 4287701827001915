"""Licences are given away by e-mail, accepted under the buyer's terms, and taken back."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from polidat.access import GrantKind, may_read, revoke, suspend
from polidat.catalog import (
    NOTHING_AGREED,
    Agreed,
    Asking,
    Attested,
    LicenceNotAccepted,
    NotGivenTo,
    licence_like,
    licence_of,
    listings_by_id,
    set_licence,
)
from polidat.core import Conflict, Invalid, TooMuch
from polidat.events import audit_entries
from polidat.orders import (
    AlreadyYours,
    NoSuchOrder,
    NoSuchSeat,
    SeatsTaken,
    accept_seat,
    give_seat,
    given_to,
    leave_seat,
    seats_of,
    take_back_seat,
)
from polidat.orders.place import grant_lines
from polidat.people import mails, make_operator, register
from tests.conftest import NOON
from tests.factories import ordered
from tests.orders.test_place import listed

LIBRARY = "http://127.0.0.1:1/library"


@pytest.fixture
def order(session, buyer, seller):
    """Three licences, paid."""
    return paid(session, buyer, listed(session, seller), 3)


def paid(session, buyer, listing, quantity):
    order = ordered(session, buyer, [listing.id], key=f"k{listing.id}", quantities={listing.id: quantity}, now=NOON)
    grant_lines(session, order, GrantKind.PURCHASE, now=NOON)
    return order


def give(session, buyer, order, email, now=NOON):
    return give_seat(session, buyer, order.public_id, 1, email, library_url=LIBRARY, now=now)


def accept(session, person, seat):
    (offer,) = [each for each in given_to(session, person) if each.seat.id == seat.id]
    licence = licence_like(session, person, offer.acceptance_id)
    return accept_seat(session, person, seat.id, Agreed([licence.id] if licence else []), now=NOON)


def places(session, buyer, order):
    (line,) = seats_of(session, buyer, order.public_id)
    return [(each.place, each.email) for each in line.given], line.free


def reads(session, person, order):
    return may_read(session, person, order.lines[0].dataset_id)


def test_a_licence_is_given_by_mail_accepted_and_opens_the_data(session, buyer, ann, order):
    seat = give(session, buyer, order, " Ann@Example.org ")
    assert places(session, buyer, order) == ([(2, "ann@example.org")], 1)
    mail = mails(session)[0]
    assert (mail.to, LIBRARY in mail.body, "Bea (buyer@example.org)" in mail.body) == ("ann@example.org", True, True)
    assert not reads(session, ann, order)
    (offer,) = given_to(session, ann)
    assert (offer.listing.title, offer.giver.email, offer.waits) == ("Polls", "buyer@example.org", True)

    accept(session, ann, seat)
    accept(session, ann, seat)

    assert reads(session, ann, order)
    assert [each.waits for each in given_to(session, ann)] == [False]
    traced = [(each.action, each.actor_id) for each in audit_entries(session) if each.action.endswith("_seat")]
    assert traced == [("take_seat", ann.id), ("give_seat", buyer.id)]


def test_the_licence_has_to_be_accepted_in_the_version_the_buyer_has(session, buyer, ann, seller, order):
    seat = give(session, buyer, order, ann.email)
    with pytest.raises(LicenceNotAccepted):
        accept_seat(session, ann, seat.id, NOTHING_AGREED, now=NOON)
    bought = order.lines[0].acceptance_id
    set_licence(session, seller, order.lines[0].listing_id, "CC-BY-4.0", now=NOON)
    newer = licence_of(session, order.lines[0].listing_id)
    with pytest.raises(LicenceNotAccepted):
        accept_seat(session, ann, seat.id, Agreed([newer.id]), now=NOON)

    accept(session, ann, seat)

    rows = session.execute(text("select licence_id, person_id from licence_acceptance order by id")).all()
    assert [each.person_id for each in rows] == [buyer.id, ann.id]
    assert len({each.licence_id for each in rows}) == 1
    assert session.scalar(text("select acceptance_id from seat")) != bought


def test_what_is_taken_back_closes_and_can_be_given_to_somebody_else(session, buyer, ann, order):
    seat = give(session, buyer, order, ann.email)
    accept(session, ann, seat)

    take_back_seat(session, buyer, seat.id, now=NOON)

    assert not reads(session, ann, order)
    assert mails(session)[0].subject == "Your licence was taken back"
    with pytest.raises(NoSuchSeat):
        take_back_seat(session, buyer, seat.id, now=NOON)
    with pytest.raises(NoSuchSeat):
        accept_seat(session, ann, seat.id, NOTHING_AGREED, now=NOON)
    give(session, buyer, order, "cy@example.org")
    again = give(session, buyer, order, ann.email)
    assert places(session, buyer, order) == ([(2, "cy@example.org"), (3, ann.email)], 0)
    accept(session, ann, again)
    assert reads(session, ann, order)


def test_there_are_no_more_seats_than_licences_and_one_for_each(session, buyer, order):
    with pytest.raises(Conflict, match=r"buyer@example.org has a licence"):
        give(session, buyer, order, buyer.email)
    give(session, buyer, order, "a@example.org")
    with pytest.raises(Conflict, match=r"a@example.org has a licence"):
        give(session, buyer, order, "a@example.org")
    give(session, buyer, order, "b@example.org")
    with pytest.raises(SeatsTaken, match="Take one back first"):
        give(session, buyer, order, "c@example.org")
    with pytest.raises(Invalid):
        give(session, buyer, order, "no address")


def test_only_the_buyer_gives_and_takes_and_only_who_was_given_it_accepts(session, buyer, ann, seller, order):
    operator = make_operator(session, register(session, "operator@example.org", now=NOON))
    for other in (seller, operator, ann):
        with pytest.raises(NoSuchOrder):
            give(session, other, order, "x@example.org")
    seat = give(session, buyer, order, ann.email)
    for other in (seller, operator, ann):
        with pytest.raises(NoSuchSeat):
            take_back_seat(session, other, seat.id, now=NOON)
    for other in (seller, operator, buyer):
        with pytest.raises(NoSuchSeat):
            accept_seat(session, other, seat.id, NOTHING_AGREED, now=NOON)
        with pytest.raises(NoSuchSeat):
            leave_seat(session, other, seat.id, now=NOON)
    with pytest.raises(NoSuchOrder):
        seats_of(session, ann, order.public_id)
    with pytest.raises(NoSuchOrder):
        give_seat(session, buyer, order.public_id, 9, "x@example.org", library_url=LIBRARY, now=NOON)


def test_who_does_not_want_it_gives_it_back(session, buyer, ann, order):
    seat = give(session, buyer, order, ann.email)
    accept(session, ann, seat)

    leave_seat(session, ann, seat.id, now=NOON)

    assert not reads(session, ann, order)
    assert places(session, buyer, order) == ([], 2)
    assert given_to(session, ann) == []


def test_who_has_it_already_does_not_use_up_a_licence(session, buyer, ann, seller, order):
    other = register(session, "other@example.org", now=NOON)
    (listing,) = listings_by_id(session, [order.lines[0].listing_id])
    second = paid(session, other, listing, 2)
    accept(session, ann, give(session, buyer, order, ann.email))
    seat = give(session, other, second, ann.email)

    with pytest.raises(AlreadyYours):
        accept(session, ann, seat)
    with pytest.raises(AlreadyYours):
        accept(session, seller, give(session, buyer, order, seller.email))


def test_a_line_that_rests_gives_nothing_away_and_one_that_ended_offers_nothing(session, buyer, ann, order):
    seat, line = give(session, buyer, order, ann.email), f"{order.public_id}:1"
    suspend(session, line, cause="dispute:dp_1", now=NOON)
    with pytest.raises(Conflict, match="do not open it at the moment"):
        give(session, buyer, order, "x@example.org")
    accept(session, ann, seat)
    assert not reads(session, ann, order)
    revoke(session, line, now=NOON)

    assert given_to(session, ann) == []
    (seats,) = seats_of(session, buyer, order.public_id)
    assert (seats.opens, seats.free, len(seats.given)) == (False, 0, 1)
    with pytest.raises(NoSuchSeat):
        accept_seat(session, ann, seat.id, NOTHING_AGREED, now=NOON)


def test_a_listing_that_asks_its_buyers_asks_who_is_given_a_licence_too(session, buyer, ann, seller):
    listing = listed(session, seller, "Asking")
    order = paid(session, buyer, listing, 2)
    seat = give(session, buyer, order, ann.email)
    session.add(Asking(listing_id=listing.id, countries=["DE"], purposes=[], by_seller=False, set_at=NOON))
    session.flush()
    licence = licence_like(session, ann, order.lines[0].acceptance_id)
    with pytest.raises(NotGivenTo, match="only in DE"):
        accept_seat(session, ann, seat.id, Agreed([licence.id], Attested("Ann", "FR", "study")), now=NOON)
    session.get_one(Asking, listing.id).by_seller = True
    with pytest.raises(NotGivenTo, match="its seller decides"):
        accept_seat(session, ann, seat.id, Agreed([licence.id], Attested("Ann", "DE", "study")), now=NOON)
    session.get_one(Asking, listing.id).by_seller = False

    accept_seat(session, ann, seat.id, Agreed([licence.id], Attested("Ann", "DE", "study")), now=NOON)

    assert reads(session, ann, order)


def test_licences_are_not_a_way_to_send_mail_to_the_world(session, buyer, order):
    for number in range(15):
        take_back_seat(session, buyer, give(session, buyer, order, f"a{number}@example.org").id, now=NOON)

    with pytest.raises(TooMuch):
        give(session, buyer, order, "b@example.org")
    give(session, buyer, order, "b@example.org", now=NOON + timedelta(days=1))


def test_the_last_licence_is_given_once_by_two_clicks(new_database):
    database = new_database()
    with database.unit_of_work() as session:
        buyer, seller = (register(session, f"{name}@example.org", now=NOON) for name in ("b", "s"))
        order = paid(session, buyer, listed(session, seller), 2)
    given, refused, start = [], [], threading.Barrier(4)

    def click(number):
        start.wait()
        try:
            with database.unit_of_work() as session:
                given.append(give(session, buyer, order, f"a{number}@example.org").place)
        except SeatsTaken as error:
            refused.append(error)

    threads = [threading.Thread(target=click, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (given, len(refused)) == ([2], 3)
