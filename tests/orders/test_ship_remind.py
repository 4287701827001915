"""A buyer who says nothing about where a parcel goes is asked again, and cannot hold its seller up."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from polidat.catalog import ShippingOffer, set_shipping
from polidat.core import Money
from polidat.orders import ShipmentState, cancel_shipment, give_address, remind_of_addresses
from polidat.payments import Address
from polidat.people import register
from tests.conftest import NOON
from tests.factories import ordered
from tests.orders.test_place import listed

HOUR = timedelta(hours=1)


@pytest.fixture
def order(session, buyer, seller):
    """An order of a good that was given without an address."""
    atlas = listed(session, seller, "Atlas", 0)
    set_shipping(session, seller, atlas.id, ShippingOffer.flat(Money(0, "usd"), ("AT",)), now=NOON)
    return ordered(session, buyer, [atlas.id], key="k", now=NOON)


def remind(session, *, after: timedelta) -> list[str]:
    """Whom the job writes to then."""
    session.execute(text("delete from mail"))
    remind_of_addresses(session, now=NOON + after)
    return [each.split("@")[0] for each in session.scalars(text('select "to" from mail order by id'))]


def test_a_buyer_without_an_address_is_asked_after_one_three_and_seven_days(session, order):
    asked = [remind(session, after=timedelta(days=days) + HOUR) for days in range(9)]

    assert asked == [[], ["buyer"], [], ["buyer"], [], [], [], ["buyer", "seller"], []]


def test_who_was_away_is_asked_once_for_all_that_was_missed(session, order):
    assert remind(session, after=timedelta(days=5)) == ["buyer"]
    assert remind(session, after=timedelta(days=6)) == []


def test_those_who_wait_for_their_next_time_keep_nobody_out(session, order, seller, monkeypatch):
    monkeypatch.setattr("polidat.orders.ship_remind._BATCH", 1)
    assert remind(session, after=timedelta(days=1)) == ["buyer"]
    later = register(session, "later@example.org", now=NOON)
    ordered(session, later, [order.lines[0].listing_id], key="k", now=NOON + HOUR)

    assert remind(session, after=timedelta(days=1) + HOUR) == ["later"]


def test_who_has_answered_or_gets_nothing_sent_is_asked_no_more(session, order, buyer, seller):
    where = Address("Ada", "Ringstraße 1", "", "Wien", "", "1010", "AT")
    with session.begin_nested() as given:
        give_address(session, buyer, order.public_id, 1, where, now=NOON)
        assert remind(session, after=timedelta(days=8)) == []
        given.rollback()

    cancel_shipment(session, seller, order.public_id, 1, "You have not said where it goes.", now=NOON)

    assert order.lines[0].shipment.state == ShipmentState.CANCELED
    assert session.scalars(text("select state from entitlement")).all() == ["revoked"]
    assert remind(session, after=timedelta(days=8)) == []
