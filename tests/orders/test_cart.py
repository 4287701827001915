"""A cart keeps what somebody means to buy, and says what changed meanwhile."""

import pytest

from polidat.access import GrantKind, grant
from polidat.catalog import ListingState
from polidat.core import Conflict, Invalid, Money
from polidat.orders import (
    AlreadyYours,
    OneCurrencyPerOrder,
    OrderState,
    OwnListing,
    add_to_cart,
    cart_of,
    cart_size,
    remove_from_cart,
)
from polidat.people import register
from tests.conftest import NOON
from tests.factories import ordered_cart
from tests.orders.test_place import listed


@pytest.fixture
def buyer(session):
    return register(session, "buyer@example.org", now=NOON)


@pytest.fixture
def seller(session):
    return register(session, "seller@example.org", now=NOON)


def titles(session, buyer):
    return [each.listing.title for each in cart_of(session, buyer)]


def test_things_are_added_once_noted_and_removed(session, buyer, seller):
    votes = listed(session, seller)
    other = listed(session, register(session, "other@example.org", now=NOON), "Other")

    add_to_cart(session, buyer, votes.id, now=NOON)
    add_to_cart(session, buyer, other.id, now=NOON)
    add_to_cart(session, buyer, votes.id, note=" For a class ", now=NOON)

    assert cart_size(session, buyer) == 2
    assert {each.note for each in cart_of(session, buyer)} == {"For a class", ""}
    remove_from_cart(session, buyer, votes.id)
    remove_from_cart(session, buyer, votes.id)
    assert titles(session, buyer) == ["Other"]
    assert cart_size(session, seller) == 0


def test_what_cannot_be_bought_does_not_go_in(session, buyer, seller):
    votes, yen = listed(session, seller), listed(session, seller, "Yen", 500, "jpy")

    with pytest.raises(OwnListing):
        add_to_cart(session, seller, votes.id, now=NOON)
    with pytest.raises(Invalid, match="500 characters"):
        add_to_cart(session, buyer, votes.id, note="x" * 501, now=NOON)
    add_to_cart(session, buyer, votes.id, now=NOON)
    with pytest.raises(OneCurrencyPerOrder):
        add_to_cart(session, buyer, yen.id, now=NOON)
    grant(session, buyer.id, yen.dataset_id, order_line="ord_0:1", kind=GrantKind.PURCHASE, now=NOON)
    with pytest.raises(AlreadyYours):
        add_to_cart(session, buyer, yen.id, now=NOON)


def test_a_full_cart_says_so(session, buyer, seller, monkeypatch):
    monkeypatch.setattr("polidat.orders.cart.LINES_MAX", 1)
    add_to_cart(session, buyer, listed(session, seller).id, now=NOON)

    with pytest.raises(Conflict, match="full"):
        add_to_cart(session, buyer, listed(session, seller, "More").id, now=NOON)


def test_a_new_price_and_a_withdrawn_listing_are_shown(session, buyer, seller):
    votes, gone = listed(session, seller), listed(session, seller, "Gone")
    for each in (votes, gone):
        add_to_cart(session, buyer, each.id, now=NOON)
    before = votes.price
    votes.price_minor = 12_345
    gone.state = ListingState.WITHDRAWN
    session.flush()

    first, second = cart_of(session, buyer)

    assert (first.has_new_price, first.was, first.problem) == (True, before, "")
    assert second.problem == "It is not for sale any more."


def test_a_cart_becomes_one_order_at_the_prices_of_now_and_is_empty(session, buyer, seller):
    votes = listed(session, seller)
    other = listed(session, register(session, "other@example.org", now=NOON), "Other", 2_500)
    add_to_cart(session, buyer, votes.id, note="Thanks", now=NOON)
    add_to_cart(session, buyer, other.id, now=NOON)
    votes.price_minor = 1_000
    session.flush()

    order = ordered_cart(session, buyer, key="click", now=NOON)

    assert order.state == OrderState.AWAITING_PAYMENT
    assert order.total == Money(3_500, "usd")
    assert {line.title: line.note for line in order.lines}["Other"] == ""
    assert "Thanks" in {line.note for line in order.lines}
    assert cart_size(session, buyer) == 0
    assert ordered_cart(session, buyer, key="click", now=NOON).id == order.id, "a second press of the button"
    with pytest.raises(Invalid):
        ordered_cart(session, buyer, key="another click", now=NOON)
