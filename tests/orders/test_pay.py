"""Sending a buyer to pay."""

import threading
from datetime import timedelta

import pytest

from polidat.access import GrantKind, grant
from polidat.catalog import ListingState, NotForSale
from polidat.orders import AlreadyYours, NoSuchOrder, NothingToPay, OrderState, start_payment, sync_order
from polidat.payments import SellerNotReady, StripeAway, open_gateway
from polidat.people import make_operator
from tests.payments.world import RETURN_URL, World, now


@pytest.fixture
def buyer(world: World):
    return world.person("buyer")


@pytest.fixture
def order(world: World, buyer):
    return world.order(buyer, world.listing(world.seller()))


def test_the_pay_page_shows_what_was_ordered_and_comes_back_to_us(world: World, buyer, order):
    page = world.open_page(world.link(buyer, order))

    shown = world.sandbox.web.get(page).text
    assert "Polls 2023" in shown
    assert "$100.00" in shown
    assert world.pay(page).headers["location"] == RETURN_URL
    link = world.sandbox.client().v1.payment_links.list().data[0]
    assert (link.metadata["order_id"], link.restrictions.completed_sessions.limit) == (order.public_id, 1)
    intent = world.sandbox.client().v1.payment_intents.list().data[0]
    assert intent.metadata["order_id"] == order.public_id


def test_asking_again_is_the_same_link(world: World, buyer, order):
    first, second = (world.link(buyer, order) for _ in range(2))

    assert first == second
    assert len(world.sandbox.client().v1.payment_links.list().data) == 1


def test_nobody_else_pays_or_sees_an_order(world: World, buyer, order):
    stranger = world.person("stranger")
    with world.database.unit_of_work() as session:
        operator = make_operator(session, world.person("operator"))

    for other in (stranger, operator):
        with pytest.raises(NoSuchOrder):
            world.link(other, order)
    with pytest.raises(NoSuchOrder):
        sync_order(world.database, world.gateway, stranger, order.public_id, now=now())
    assert world.read(operator, order).public_id == order.public_id


def test_a_paid_order_is_not_paid_again(world: World, buyer, order):
    world.pay(world.open_page(world.link(buyer, order)))
    sync_order(world.database, world.gateway, buyer, order.public_id, now=now())

    with pytest.raises(NothingToPay, match="is paid"):
        world.link(buyer, order)


def test_an_order_is_payable_for_a_day(world: World, buyer, order):
    with pytest.raises(NothingToPay, match="not paid in time"):
        start_payment(
            world.database, world.gateway, buyer, order.public_id,
            return_url=RETURN_URL, now=now() + timedelta(hours=24, minutes=1),
        )  # fmt: skip


def test_a_withdrawn_listing_is_not_paid_for(world: World, buyer):
    listing = world.listing(world.seller())
    order = world.order(buyer, listing)
    with world.database.unit_of_work() as session:
        session.merge(listing).state = ListingState.WITHDRAWN

    with pytest.raises(NotForSale):
        world.link(buyer, order)


def test_what_came_by_another_order_meanwhile_is_not_paid_for(world: World, buyer):
    listing = world.listing(world.seller())
    order = world.order(buyer, listing)
    with world.database.unit_of_work() as session:
        grant(session, buyer.id, listing.dataset_id, order_line="ord_0:1", kind=GrantKind.PURCHASE, now=now())

    with pytest.raises(AlreadyYours):
        world.link(buyer, order)


def test_a_seller_who_cannot_receive_is_not_paid(world: World, buyer):
    order = world.order(buyer, world.listing(world.seller(approved=False)))

    with pytest.raises(SellerNotReady, match="not been charged"):
        world.link(buyer, order)


def test_a_seller_who_lost_the_right_since_we_looked_is_not_paid_either(world: World, buyer, order):
    ((stripe_id,),) = world.rows("select stripe_id from seller_account")
    world.sandbox.control(f"accounts/{stripe_id}/restrict")

    with pytest.raises(SellerNotReady):
        world.link(buyer, order)


def test_when_stripe_is_away_the_order_waits_and_goes_on_later(world: World, buyer, order):
    nowhere = open_gateway("sk_test_sim", base_url="http://127.0.0.1:9")

    with pytest.raises(StripeAway):
        start_payment(world.database, nowhere, buyer, order.public_id, return_url=RETURN_URL, now=now())

    assert world.rows("select state, link_id from payment") == [("new", None)]
    world.pay(world.open_page(world.link(buyer, order)))
    assert sync_order(world.database, world.gateway, buyer, order.public_id, now=now()).is_fulfilled


def test_many_clicks_at_once_are_one_link(world: World, buyer, order):
    urls, start = [], threading.Barrier(5)

    def click():
        start.wait()
        urls.append(world.link(buyer, order))

    threads = [threading.Thread(target=click) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(urls) == 5
    assert len(set(urls)) == 1
    assert world.rows("select count(*) from payment") == [(1,)]
    assert len(world.sandbox.client().v1.payment_links.list().data) == 1


def test_a_payment_whose_link_was_never_known_is_given_up_after_a_day(world: World, buyer, order):
    nowhere = open_gateway("sk_test_sim", base_url="http://127.0.0.1:9")
    with pytest.raises(StripeAway):
        start_payment(world.database, nowhere, buyer, order.public_id, return_url=RETURN_URL, now=now())

    url = start_payment(
        world.database, world.gateway, buyer, order.public_id,
        return_url=RETURN_URL, now=now() + timedelta(hours=23),
    )  # fmt: skip

    assert world.rows("select state from payment order by id") == [("closed",), ("open",)]
    world.pay(world.open_page(url))
    assert sync_order(world.database, world.gateway, buyer, order.public_id, now=now()).is_fulfilled


def test_an_order_under_review_is_not_paid_again(world: World, buyer, order):
    with world.database.unit_of_work() as session:
        session.merge(order).state = OrderState.PROCESSING

    with pytest.raises(NothingToPay, match="Do not pay again"):
        world.link(buyer, order)
