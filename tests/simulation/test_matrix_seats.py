"""The money matrix: lines of several licences, to the cent, with and without a discount."""

import pytest

from polidat.access import may_read
from polidat.catalog import Agreed, licence_of, make_coupon, stores_of
from polidat.core import Invalid, Money
from polidat.orders import (
    NoSuchOrder,
    NothingToRefund,
    accept_seat,
    give_seat,
    order_of,
    refund_licences,
    seats_of,
    take_back_seat,
)
from polidat.payments import StripeRefused
from tests.factories import ordered
from tests.payments.world import World, now


def ordered_many(world: World, buyer, quantities, coupon="", key="click-1"):
    """An order of so many licences of each listing."""
    with world.database.unit_of_work() as session:
        by_id = {listing.id: count for listing, count in quantities.items()}
        return ordered(session, buyer, list(by_id), key=key, quantities=by_id, coupon=coupon, now=now())


def paid(world: World, buyer, order) -> None:
    assert world.pay(world.open_page(world.link(buyer, order))).status_code == 303
    world.settle("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")


def takes_off(world: World, seller, amount_minor: int) -> None:
    with world.database.unit_of_work() as session:
        store = stores_of(session, seller)[0]
        make_coupon(session, seller, store.slug, "spring", amount=Money(amount_minor, "usd"), now=now())


@pytest.fixture
def items(world: World):
    """What the newest link or session sells: price of one and how many."""

    def found(kind: str) -> list[tuple[int, int]]:
        api = world.sandbox.client().v1
        of = api.payment_links if kind == "links" else api.checkout.sessions
        newest = of.list({"limit": 1}).data[0].id
        return [(each.price.unit_amount, each.quantity) for each in of.line_items.list(newest).data]

    return found


def test_three_licences_by_a_link_are_asked_for_as_three_and_shared_as_one_line(
    world: World, buyer, seller, listing, items
):
    order = ordered_many(world, buyer, {listing: 3})
    paid(world, buyer, order)

    assert items("links") == [(10_000, 3)]
    assert world.read(buyer, order).is_fulfilled
    assert (world.balance("R:commission"), world.balance(f"L:seller:{seller.id}")) == (-4_500, 0)
    world.agrees_with_stripe()


def test_a_discount_that_does_not_divide_is_two_items_and_goes_back_to_the_cent(
    world: World, buyer, seller, listing, items
):
    takes_off(world, seller, 1_000)
    order = ordered_many(world, buyer, {listing: 3}, coupon="spring")
    paid(world, buyer, order)

    assert items("links") == [(9_667, 2), (9_666, 1)]
    assert world.read(buyer, order).total == Money(29_000, "usd")
    world.refund(seller, order, {1: 9_667})
    world.refund(seller, order)
    world.work()
    assert world.balance("R:commission") == 0
    assert [state for (state,) in world.rows("select state from entitlement")] == ["revoked"]
    world.agrees_with_stripe()


def test_a_cart_of_two_sellers_with_several_licences_is_shared_to_the_cent(world: World, buyer, seller, listing, items):
    other = world.listing(world.seller("other"), 2_500, title="Other polls", commission_bps=1_000)
    takes_off(world, seller, 100)
    order = ordered_many(world, buyer, {listing: 2, other: 3}, coupon="spring")
    paid(world, buyer, order)

    assert items("sessions") == [(9_950, 2), (2_500, 3)]
    with world.database.reading() as session:
        first, second = order_of(session, buyer, order.public_id).lines
    assert (first.commission_minor, second.commission_minor) == (2_985, 750)
    assert world.balance("R:commission") == -3_735
    assert first.settled_minor + second.settled_minor == 27_400
    world.agrees_with_stripe()


def given_to(world: World, buyer, order, email: str):
    with world.database.unit_of_work() as session:
        return give_seat(session, buyer, order.public_id, 1, email, library_url="", now=now())


def places(world: World, buyer, order) -> list[tuple[int, str]]:
    with world.database.reading() as session:
        return [(seat.place, seat.email) for each in seats_of(session, buyer, order.public_id) for seat in each.given]


def used_by(world: World, buyer, order, name: str):
    """Somebody who uses a licence the buyer has given them."""
    friend = world.person(name)
    seat = given_to(world, buyer, order, friend.email)
    with world.database.unit_of_work() as session:
        licence = licence_of(session, order.lines[0].listing_id)
        accept_seat(session, friend, seat.id, Agreed([licence.id]), now=now())
    return friend


def may(world: World, listing, *people) -> list[bool]:
    with world.database.reading() as session:
        return [may_read(session, each, listing.dataset_id) for each in people]


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_dispute_over_a_line_is_over_all_its_seats(world: World, buyer, listing, outcome):
    order = ordered_many(world, buyer, {listing: 3})
    paid(world, buyer, order)
    ann, ben = (used_by(world, buyer, order, name) for name in ("ann", "ben"))
    assert may(world, listing, buyer, ann, ben) == [True] * 3
    (charge,) = world.sandbox.client().v1.charges.list().data
    found = world.sandbox.control(f"charges/{charge.id}/dispute")["id"]
    world.settle("charge.dispute.created")
    assert may(world, listing, buyer, ann, ben) == [False] * 3

    world.sandbox.control(f"disputes/{found}/decide", {"outcome": outcome})
    world.settle("charge.dispute.closed")

    assert may(world, listing, buyer, ann, ben) == [outcome == "won"] * 3
    world.agrees_with_stripe()


def test_a_part_that_goes_back_leaves_the_seats_and_the_rest_ends_them(world: World, buyer, seller, listing):
    order = ordered_many(world, buyer, {listing: 2})
    paid(world, buyer, order)
    ann = used_by(world, buyer, order, "ann")
    world.refund(seller, order, {1: 10_000})
    world.work()
    assert may(world, listing, buyer, ann) == [True] * 2

    world.refund(seller, order)
    world.work()

    assert may(world, listing, buyer, ann) == [False] * 2
    assert world.balance("R:commission") == 0
    world.agrees_with_stripe()


def give_back(world: World, by, order, licences: int):
    with world.database.unit_of_work() as session:
        return refund_licences(session, by, order.public_id, 1, licences, now=now())


def test_licences_go_back_at_their_own_price_and_the_newest_seats_end(world: World, buyer, seller, listing):
    takes_off(world, seller, 1_000)
    order = ordered_many(world, buyer, {listing: 4}, coupon="spring")
    paid(world, buyer, order)
    ann, ben = (used_by(world, buyer, order, name) for name in ("ann", "ben"))
    given_to(world, buyer, order, "cyd@example.org")

    first = give_back(world, seller, order, 1)
    with world.database.reading() as session:
        assert [each.free for each in seats_of(session, buyer, order.public_id)] == [0]
    world.work()
    assert first.amount_minor == 9_750
    assert may(world, listing, buyer, ann, ben) == [True] * 3
    assert places(world, buyer, order) == [(2, "ann@example.org"), (3, "ben@example.org")]

    give_back(world, seller, order, 1)
    world.work()
    assert may(world, listing, buyer, ann, ben) == [True, True, False]

    assert give_back(world, seller, order, 2).amount_minor == 19_500
    world.work()
    assert may(world, listing, buyer, ann, ben) == [False] * 3
    assert world.balance("R:commission") == 0
    assert world.rows("select count(*) from seat where ended_at is null") == [(0,)]
    world.agrees_with_stripe()
    with pytest.raises(NothingToRefund):
        give_back(world, seller, order, 1)


def test_seats_move_up_when_a_licence_nobody_has_goes_back(world: World, buyer, seller, listing):
    order = ordered_many(world, buyer, {listing: 4})
    paid(world, buyer, order)
    ann, ben = (used_by(world, buyer, order, name) for name in ("ann", "ben"))
    with world.database.unit_of_work() as session:
        ((seat,),) = world.rows("select id from seat where email = 'ann@example.org'")
        take_back_seat(session, buyer, seat, now=now())

    give_back(world, seller, order, 2)
    world.work()

    assert may(world, listing, buyer, ann, ben) == [True, False, True]
    assert places(world, buyer, order) == [(2, "ben@example.org")]


@pytest.mark.calm
def test_who_may_give_licences_back_and_how_many(world: World, buyer, seller, listing):
    order, other = ordered_many(world, buyer, {listing: 3}), world.seller("other")
    with pytest.raises(NothingToRefund):
        give_back(world, seller, order, 1)
    paid(world, buyer, order)
    for wrong in (0, -1, 4):
        with pytest.raises(Invalid, match="choose 1 to 3"):
            give_back(world, seller, order, wrong)
    for stranger in (buyer, other):
        with pytest.raises(NoSuchOrder):
            give_back(world, stranger, order, 1)
    world.refund(seller, order, {1: 25_000})
    with pytest.raises(Invalid, match="Less is left"):
        give_back(world, seller, order, 1)

    assert give_back(world, world.operator(), order, 3).amount_minor == 5_000


@pytest.mark.calm
def test_licences_stripe_refuses_to_pay_back_stay_and_can_go_back_later(world: World, buyer, seller, listing):
    order = ordered_many(world, buyer, {listing: 2})
    paid(world, buyer, order)
    real = world.gateway.refund

    def refuse(*_, **__):
        raise StripeRefused("not now")

    world.gateway.refund = refuse
    give_back(world, seller, order, 2)
    world.work()
    world.gateway.refund = real
    assert may(world, listing, buyer) == [True]

    give_back(world, seller, order, 2)
    world.work()

    assert may(world, listing, buyer) == [False]
    assert world.balance("R:commission") == 0
    world.agrees_with_stripe()
