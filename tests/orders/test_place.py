"""Placing an order: once per click, at the price of the moment, and only what can be bought."""

import threading

import pytest
from sqlalchemy import text

from polidat.access import GrantKind, access_kind, grant
from polidat.catalog import (
    ListingState,
    NoSuchListing,
    NotForSale,
    ShippingOffer,
    draft_listing,
    make_coupon,
    open_store,
    set_shipping,
)
from polidat.core import Invalid, Money
from polidat.orders import (
    AlreadyYours,
    KeyOfAnotherOrder,
    OneCurrencyPerOrder,
    OrderPaid,
    OrderPlaced,
    OrderState,
    OwnListing,
    my_orders,
    sales_of,
)
from polidat.people import register
from tests.conftest import NOON
from tests.factories import ordered, take_share
from tests.stripe_sandbox.conftest import eventually


def listed(session, seller, title="Polls", price_minor=1_999, currency="usd", commission_bps=None):
    store = open_store(session, seller, f"Store of {title} {currency}", now=NOON)
    if commission_bps is not None:
        take_share(session, store, commission_bps)
    listing = draft_listing(session, seller, store, title, now=NOON)
    listing.price_minor, listing.currency, listing.state = price_minor, currency, ListingState.PUBLISHED
    session.flush()
    return listing


def test_an_order_keeps_the_price_and_commission_of_the_moment_it_was_placed(session, buyer, seller):
    votes = listed(session, seller)

    order = ordered(session, buyer, [votes.id], key="click-1", now=NOON)
    votes.price_minor, votes.title = 9_900, "Other"
    take_share(session, votes.store, 5_000)

    assert order.total == Money(1_999, "usd")
    assert order.commission == Money(300, "usd")
    line = order.lines[0]
    assert (line.title, line.commission_bps, line.seller_id) == ("Polls", 1_500, seller.id)
    assert order.state == OrderState.AWAITING_PAYMENT
    assert my_orders(session, buyer) == [order]
    assert my_orders(session, seller) == []


def test_a_store_sets_its_own_rate(session, buyer, seller):
    order = ordered(session, buyer, [listed(session, seller, commission_bps=700).id], key="k", now=NOON)

    assert (order.lines[0].commission_bps, order.commission.minor) == (700, 140)


def test_the_same_click_is_the_same_order(session, buyer, seller):
    votes = listed(session, seller)
    told = []
    session.info["reactions"] = {OrderPlaced: [lambda _, fact: told.append(fact)]}

    first, again = (ordered(session, buyer, [votes.id], key="click-1", now=NOON) for _ in range(2))

    assert first.id == again.id
    assert told == [OrderPlaced(first.public_id, buyer.id, 1_999, "usd", NOON)]


def test_the_key_is_the_buyers_own(session, buyer, seller):
    votes, other = listed(session, seller), register(session, "other@example.org", now=NOON)

    first = ordered(session, buyer, [votes.id], key="click-1", now=NOON)
    second = ordered(session, other, [votes.id], key="click-1", now=NOON)

    assert first.id != second.id


def test_a_key_does_not_change_its_order(session, buyer, seller):
    votes, counties = listed(session, seller), listed(session, seller, "Counties")
    ordered(session, buyer, [votes.id], key="click-1", now=NOON)

    with pytest.raises(KeyOfAnotherOrder):
        ordered(session, buyer, [counties.id], key="click-1", now=NOON)


def test_two_clicks_at_the_same_time_are_one_order(new_database):
    database = new_database()
    with database.unit_of_work() as session:
        buyer, seller = (register(session, f"{name}@example.org", now=NOON) for name in ("b", "s"))
        votes = listed(session, seller)
    placed, start = [], threading.Barrier(4)

    def click():
        start.wait()
        with database.unit_of_work() as session:
            placed.append(ordered(session, buyer, [votes.id], key="click-1", now=NOON).public_id)

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(placed) == 4
    assert len(set(placed)) == 1


def test_a_click_that_loses_the_race_reads_the_winners_order(new_database):
    database = new_database()
    with database.unit_of_work() as session:
        buyer, seller = (register(session, f"{name}@example.org", now=NOON) for name in ("b", "s"))
        votes = listed(session, seller)
    placed = []

    def click():
        with database.unit_of_work() as session:
            placed.append(ordered(session, buyer, [votes.id], key="click-1", now=NOON).public_id)

    slower = threading.Thread(target=click)
    with database.unit_of_work() as session:
        first = ordered(session, buyer, [votes.id], key="click-1", now=NOON).public_id
        slower.start()
        eventually(lambda: is_waiting(database))
    slower.join()

    assert placed == [first]


def is_waiting(database) -> bool:
    """Somebody in this database waits for somebody else's transaction."""
    waiting = "select count(*) from pg_locks join pg_stat_activity using (pid) where not granted and datname = "
    with database.reading() as session:
        return session.scalar(text(f"{waiting} current_database()")) > 0


def test_what_is_free_is_yours_at_once(session, buyer, seller):
    free = listed(session, seller, price_minor=0)
    told = []
    session.info["reactions"] = {OrderPaid: [lambda _, fact: told.append(fact)]}

    order = ordered(session, buyer, [free.id], key="click-1", now=NOON)

    assert (order.state, order.paid_at) == (OrderState.FULFILLED, NOON)
    assert access_kind(session, buyer, free.dataset_id) is GrantKind.FREE
    assert told == [OrderPaid(order.public_id, buyer.id, (free.dataset_id,), 0, "usd", NOON)]
    assert [(sale.price.minor, sale.order) for sale in sales_of(session, seller)] == [(0, order.public_id)]


def test_nobody_buys_from_themselves(session, seller):
    with pytest.raises(OwnListing, match="your own listing"):
        ordered(session, seller, [listed(session, seller).id], key="k", now=NOON)


def test_nobody_pays_for_what_they_have(session, buyer, seller):
    votes = listed(session, seller)
    grant(session, buyer.id, votes.dataset_id, order_line="ord_0:1", kind=GrantKind.PURCHASE, now=NOON)

    with pytest.raises(AlreadyYours, match="already have “Polls”"):
        ordered(session, buyer, [votes.id], key="k", now=NOON)


def test_one_order_is_in_one_currency_and_may_be_of_several_sellers(session, buyer, seller):
    votes, yen = listed(session, seller), listed(session, seller, "Yen", 500, "jpy")
    other = listed(session, register(session, "other@example.org", now=NOON), "Other")

    with pytest.raises(OneCurrencyPerOrder):
        ordered(session, buyer, [votes.id, yen.id], key="k", now=NOON)
    order = ordered(session, buyer, [votes.id, other.id], key="k", now=NOON)

    assert [line.seller_id for line in order.lines] == [seller.id, other.store.owner_id]


def test_what_is_free_does_not_say_in_which_currency_the_rest_is_paid(session, buyer, seller):
    free, pounds = listed(session, seller, "Free", 0, "usd"), listed(session, seller, "Pounds", 10_000, "gbp")

    for number, wanted in enumerate(([free.id, pounds.id], [pounds.id, free.id])):
        with session.begin_nested() as attempt:
            assert ordered(session, buyer, wanted, key=f"k{number}", now=NOON).total == Money(10_000, "gbp")
            attempt.rollback()


def test_delivery_of_a_free_good_is_in_the_currency_of_the_rest(session, buyer, seller):
    data, print_ = listed(session, seller, "Data", 10_000, "usd"), listed(session, seller, "Print", 0, "eur")
    set_shipping(session, seller, print_.id, ShippingOffer.flat(Money(500, "eur"), ("US",), with_data=False), now=NOON)

    for wanted in ([data.id, print_.id], [print_.id, data.id]):
        with pytest.raises(OneCurrencyPerOrder):
            ordered(session, buyer, wanted, key="k", now=NOON)
    assert ordered(session, buyer, [print_.id], key="k", now=NOON).total == Money(500, "eur")


def test_only_what_is_for_sale_can_be_ordered(session, buyer, seller):
    votes = listed(session, seller)
    votes.state = ListingState.WITHDRAWN

    with pytest.raises(NotForSale):
        ordered(session, buyer, [votes.id], key="k", now=NOON)
    with pytest.raises(NoSuchListing):
        ordered(session, buyer, [404_404], key="k", now=NOON)


@pytest.mark.parametrize(("count", "key"), [(0, "k"), (21, "k"), (1, ""), (1, "k" * 201)])
def test_an_order_of_nothing_or_too_much_is_refused(session, buyer, count, key):
    with pytest.raises(Invalid):
        ordered(session, buyer, range(1, count + 1), key=key, now=NOON)


def test_the_same_dataset_twice_is_one_line(session, buyer, seller):
    votes = listed(session, seller)

    order = ordered(session, buyer, [votes.id, votes.id], key="k", now=NOON)

    assert len(order.lines) == 1


def test_a_line_of_several_licences_costs_them_all_and_the_commission_is_on_the_line(session, buyer, seller):
    votes, other = listed(session, seller, commission_bps=1_000), listed(session, seller, "Other", 55)

    order = ordered(session, buyer, [votes.id, other.id], key="k", quantities={votes.id: 3}, now=NOON)

    assert [(line.quantity, line.unit_price.minor, line.price_minor) for line in order.lines] == [
        (3, 1_999, 5_997), (1, 55, 55),
    ]  # fmt: skip
    assert order.total == Money(6_052, "usd")
    assert order.lines[0].commission_minor == 600


def test_a_coupon_is_on_all_licences_of_a_line(session, buyer, seller):
    votes, other = listed(session, seller), listed(session, seller, "Other", 5_000)
    make_coupon(session, seller, votes.store.slug, "PART", percent_bps=1_000, now=NOON)
    make_coupon(session, seller, votes.store.slug, "SUM", amount=Money(1_000, "usd"), now=NOON)

    part = ordered(
        session, buyer, [votes.id, other.id], key="a", quantities={votes.id: 3}, coupon="part", now=NOON
    ).lines[0]
    whole = ordered(session, buyer, [votes.id], key="b", quantities={votes.id: 3}, coupon="sum", now=NOON).lines[0]

    assert (part.discount_minor, part.price_minor, part.unit_price.minor) == (600, 5_397, 1_999)
    assert (whole.discount_minor, whole.price_minor, whole.commission_minor) == (1_000, 4_997, 750)


def test_the_same_click_with_another_number_is_another_order(session, buyer, seller):
    votes = listed(session, seller)
    first = ordered(session, buyer, [votes.id], key="k", quantities={votes.id: 2}, now=NOON)

    assert ordered(session, buyer, [votes.id], key="k", quantities={votes.id: 2}, now=NOON).id == first.id
    with pytest.raises(KeyOfAnotherOrder):
        ordered(session, buyer, [votes.id], key="k", now=NOON)


def test_what_no_card_can_be_charged_at_once_is_refused(session, buyer, seller):
    votes = listed(session, seller, price_minor=1_000_000)

    with pytest.raises(Invalid, match="more than one payment can be"):
        ordered(session, buyer, [votes.id], key="k", quantities={votes.id: 100}, now=NOON)
