"""A cart keeps what somebody means to buy, and says what changed meanwhile."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from polidat.access import GrantKind, grant
from polidat.catalog import Asking, ListingState, ShippingOffer, set_shipping
from polidat.core import Conflict, Invalid, Money, TooMuch
from polidat.orders import (
    NEW_CARTS_PER_CLIENT,
    NEW_CARTS_PER_HOUR,
    VISITOR_CART_LASTS,
    AlreadyYours,
    OneCurrencyPerOrder,
    OneLicenceOnly,
    OrderState,
    OwnListing,
    Visitor,
    add_to_cart,
    cart_of,
    cart_size,
    cart_told,
    forget_carts,
    merge_cart,
    note_told,
    remove_from_cart,
    visitor_of,
)
from polidat.people import register
from tests.conftest import NOON
from tests.factories import ordered_cart
from tests.orders.test_place import listed


def titles(session, buyer):
    return [each.listing.title for each in cart_of(session, buyer)]


def test_things_are_added_once_noted_and_removed(session, buyer, seller):
    votes = listed(session, seller)
    other = listed(session, register(session, "other@example.org", now=NOON), "Other")

    add_to_cart(session, buyer, votes.id, now=NOON)
    add_to_cart(session, buyer, other.id, now=NOON)
    add_to_cart(session, buyer, votes.id, note=" For a class ", now=NOON)
    add_to_cart(session, buyer, votes.id, quantity=3, now=NOON)

    assert [(each.quantity, each.price.minor) for each in cart_of(session, buyer)] == [(3, 5_997), (1, 1_999)]
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


def test_a_cart_keeps_how_many_licences_and_the_order_too(session, buyer, seller):
    votes = listed(session, seller, commission_bps=1_000)
    add_to_cart(session, buyer, votes.id, quantity=3, now=NOON)
    add_to_cart(session, buyer, votes.id, note="For a class", now=NOON)

    (line,) = ordered_cart(session, buyer, key="click", now=NOON).lines

    assert (line.quantity, line.unit_price.minor, line.price_minor, line.note) == (3, 1_999, 5_997, "For a class")
    assert line.commission_minor == 600, "of all licences together"


@pytest.mark.parametrize("quantity", [0, -1, 101])
def test_no_licence_or_too_many_are_refused(session, buyer, seller, quantity):
    with pytest.raises(Invalid, match="1 to 100 licences"):
        add_to_cart(session, buyer, listed(session, seller).id, quantity=quantity, now=NOON)


def test_of_what_is_free_everybody_gets_their_own(session, buyer, seller):
    free, votes = listed(session, seller, "Free", 0), listed(session, seller)
    with pytest.raises(OneLicenceOnly):
        add_to_cart(session, buyer, free.id, quantity=2, now=NOON)
    add_to_cart(session, buyer, votes.id, quantity=2, now=NOON)
    session.add(Asking(listing_id=votes.id, countries=[], purposes=[], by_seller=True, set_at=NOON))
    session.flush()

    (item,) = cart_of(session, buyer)

    assert (item.quantity, item.most) == (1, 1), "its seller decides about each buyer from now on"


VISITOR = Visitor("a token of a visitor")


def test_a_visitor_has_a_cart_of_their_own_kept_by_the_digest_of_the_token(session, buyer, seller):
    votes = listed(session, seller)
    assert visitor_of(session, VISITOR.token) is None
    add_to_cart(session, VISITOR, votes.id, quantity=2, note="Hello", now=NOON)

    assert visitor_of(session, VISITOR.token) == VISITOR
    assert visitor_of(session, "another token") is None
    assert [(each.quantity, each.note, each.problem) for each in cart_of(session, VISITOR)] == [(2, "Hello", "")]
    assert cart_size(session, buyer) == 0
    assert VISITOR.token not in str(session.execute(text("select * from cart")).all())
    assert VISITOR.token not in repr(VISITOR)
    remove_from_cart(session, VISITOR, votes.id)
    assert cart_of(session, VISITOR) == []


def test_signing_in_adds_the_numbers_once(session, buyer, seller):
    votes, other = listed(session, seller), listed(session, seller, "Other")
    add_to_cart(session, buyer, votes.id, quantity=2, note="Mine", now=NOON)
    add_to_cart(session, VISITOR, votes.id, quantity=3, now=NOON + timedelta(hours=1))
    add_to_cart(session, VISITOR, other.id, note="New", now=NOON + timedelta(hours=2))

    merged = [merge_cart(session, buyer, VISITOR.token, now=NOON) for _ in range(2)]

    assert merged == [True, False]
    lines = [(each.listing.title, each.quantity, each.note) for each in cart_of(session, buyer)]
    assert lines == [("Polls", 5, "Mine"), ("Other", 1, "New")]
    assert cart_told(session, buyer) == ""
    assert visitor_of(session, VISITOR.token) is None
    assert not merge_cart(session, buyer, None, now=NOON)
    assert session.scalar(text("select count(*) from cart")) == 1


def test_what_the_person_has_ordered_sells_or_cannot_buy_together_is_left_out_and_told(session, buyer, seller):
    yours, own = listed(session, seller, "Yours"), listed(session, buyer, "Own")
    waiting, yen = listed(session, seller, "Waiting"), listed(session, seller, "Yen", 500, "jpy")
    votes, free = listed(session, seller), listed(session, seller, "Free", 0, "jpy")
    for each, waits in ((yours, False), (waiting, True)):
        line, kind = f"ord_{each.id}:1", GrantKind.PURCHASE
        grant(session, buyer.id, each.dataset_id, order_line=line, kind=kind, now=NOON, waits=waits)
    add_to_cart(session, buyer, votes.id, now=NOON)
    for each in (yours, own, waiting, free):
        add_to_cart(session, VISITOR, each.id, now=NOON)
    merge_cart(session, buyer, VISITOR.token, now=NOON)
    told = cart_told(session, buyer)
    add_to_cart(session, VISITOR, yen.id, now=NOON)
    merge_cart(session, buyer, VISITOR.token, now=NOON)

    assert titles(session, buyer) == ["Polls", "Free"]
    for words in ("“Yours” is in your library", "“Own” is your own listing", "“Waiting” is ordered already"):
        assert words in told
    assert "“Yen” is priced in JPY" in cart_told(session, buyer)
    note_told(session, buyer)
    assert cart_told(session, buyer) == ""


def test_a_good_that_can_be_had_again_comes_into_the_cart_at_sign_in(session, buyer, seller):
    atlas = listed(session, seller, "Atlas")
    set_shipping(session, seller, atlas.id, ShippingOffer.flat(Money(0, "usd"), with_data=False), now=NOON)
    grant(session, buyer.id, atlas.dataset_id, order_line="ord_a:1", kind=GrantKind.PURCHASE, now=NOON)
    add_to_cart(session, VISITOR, atlas.id, now=NOON)

    merge_cart(session, buyer, VISITOR.token, now=NOON)

    assert titles(session, buyer) == ["Atlas"]
    assert cart_told(session, buyer) == ""


def test_two_sign_ins_at_the_same_time_add_the_numbers_once(new_database):
    database = new_database()
    with database.unit_of_work() as session:
        buyer, seller = (register(session, f"{name}@example.org", now=NOON) for name in ("b", "s"))
        votes = listed(session, seller)
        add_to_cart(session, VISITOR, votes.id, quantity=3, now=NOON)
    merged, start = [], threading.Barrier(4)

    def sign_in():
        start.wait()
        with database.unit_of_work() as session:
            merged.append(merge_cart(session, buyer, VISITOR.token, now=NOON))

    threads = [threading.Thread(target=sign_in) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(merged) == [False, False, False, True]
    with database.reading() as session:
        assert [each.quantity for each in cart_of(session, buyer)] == [3]


def test_a_full_cart_takes_no_more_at_sign_in(session, buyer, seller, monkeypatch):
    monkeypatch.setattr("polidat.orders.merge.LINES_MAX", 1)
    add_to_cart(session, buyer, listed(session, seller).id, now=NOON)
    add_to_cart(session, VISITOR, listed(session, seller, "More").id, now=NOON)

    merge_cart(session, buyer, VISITOR.token, now=NOON)

    assert "“More” has no room" in cart_told(session, buyer)


def test_carts_of_visitors_are_forgotten_after_a_month_those_of_people_are_not(session, buyer, seller):
    votes, late = listed(session, seller), Visitor("somebody who came back")
    for whose in (buyer, VISITOR, late):
        add_to_cart(session, whose, votes.id, now=NOON)
    add_to_cart(session, late, votes.id, now=NOON + timedelta(days=1))

    assert forget_carts(session, now=NOON + VISITOR_CART_LASTS) == 1

    assert visitor_of(session, VISITOR.token) is None
    assert visitor_of(session, late.token) == late
    assert cart_size(session, buyer) == 1


def test_every_old_cart_is_forgotten_at_once_however_many_there_are(session, buyer, seller):
    votes = listed(session, seller)
    add_to_cart(session, VISITOR, votes.id, now=NOON)
    made_carts(session, 1_200, at=NOON)

    assert forget_carts(session, now=NOON + VISITOR_CART_LASTS) == 1_201

    assert session.scalar(text("select count(*) from cart")) == 0
    assert session.scalar(text("select count(*) from cart_item")) == 0


def test_so_many_visitors_an_hour_begin_a_cart_and_no_more(session, buyer, seller):
    votes, begun = listed(session, seller), Visitor("one who was in time")
    made_carts(session, NEW_CARTS_PER_HOUR - 1, at=NOON)
    add_to_cart(session, begun, votes.id, now=NOON)

    with pytest.raises(TooMuch, match="Sign in"), session.begin_nested():
        add_to_cart(session, VISITOR, votes.id, now=NOON + timedelta(minutes=59))

    assert visitor_of(session, VISITOR.token) is None
    add_to_cart(session, begun, votes.id, quantity=2, now=NOON + timedelta(minutes=59))
    add_to_cart(session, buyer, votes.id, now=NOON + timedelta(minutes=59))
    add_to_cart(session, VISITOR, votes.id, now=NOON + timedelta(hours=1))
    assert [cart_size(session, each) for each in (begun, buyer, VISITOR)] == [1, 1, 1]


def test_of_one_address_so_many_begin_a_cart_and_others_are_not_kept_out(session, buyer, seller):
    votes, later = listed(session, seller), NOON + timedelta(minutes=59)
    for number in range(NEW_CARTS_PER_CLIENT):
        add_to_cart(session, Visitor(f"one of many {number}", "203.0.113.7"), votes.id, now=NOON)

    with pytest.raises(TooMuch, match="Sign in"), session.begin_nested():
        add_to_cart(session, Visitor("one too many", "203.0.113.7"), votes.id, now=later)

    for client in ("203.0.113.8", ""):
        add_to_cart(session, Visitor(f"of {client}", client), votes.id, now=later)
    add_to_cart(session, Visitor("one of many 0", "203.0.113.7"), votes.id, quantity=2, now=later)
    add_to_cart(session, Visitor("an hour later", "203.0.113.7"), votes.id, now=NOON + timedelta(hours=1))
    forget_carts(session, now=NOON + timedelta(hours=1))
    known = session.scalars(text("select distinct client from cart where client <> '' order by 1")).all()
    assert known == ["203.0.113.7", "203.0.113.8"]
    forget_carts(session, now=NOON + timedelta(hours=3))
    assert session.scalars(text("select distinct client from cart")).all() == [""]


def made_carts(session, number: int, *, at) -> None:
    """Carts of so many other visitors, made and last used then."""
    row = (
        "insert into cart (digest, told, made_at, used_at) select 'v' || i, '', :at, :at from generate_series(1, :n) i"
    )
    session.execute(text(row), {"at": at, "n": number})
