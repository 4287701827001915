"""The money matrix: what is taken off, down to nothing, and who bears the commission of what goes back."""

import threading
from datetime import timedelta

import pytest

from polidat.access import may_read
from polidat.catalog import CouponNotValid, coupons_of, end_coupon, make_coupon, set_refund_policy, stores_of
from polidat.core import Conflict, Invalid, Money
from polidat.orders import OrderState, add_to_cart, expire_orders
from tests import factories
from tests.factories import ordered_cart
from tests.payments.world import World, now


def coupon(world: World, seller, code="spring", **terms) -> None:
    with world.database.unit_of_work() as session:
        store = stores_of(session, seller)[0]
        make_coupon(session, seller, store.slug, code, **terms, now=now())


def ordered(world: World, buyer, listing, code="spring", key="click"):
    with world.database.unit_of_work() as session:
        return factories.ordered(session, buyer, [listing.id], key=key, coupon=code, now=now())


def uses(world: World, seller) -> int:
    with world.database.reading() as session:
        return coupons_of(session, seller)[0].uses


def test_case_25_a_cart_over_nothing_is_the_buyers_at_once(world: World, buyer, seller, listing):
    coupon(world, seller, percent_bps=10_000)
    with world.database.unit_of_work() as session:
        add_to_cart(session, buyer, listing.id, now=now())
        order = ordered_cart(session, buyer, key="k", coupon="Spring", now=now())

    assert (order.state, order.total.minor, order.commission.minor) == (OrderState.FULFILLED, 0, 0)
    assert order.lines[0].discount_minor == 10_000
    assert world.books() == {}
    with world.database.reading() as session:
        assert may_read(session, buyer, listing.dataset_id)
    assert world.sandbox.client().v1.balance_transactions.list().data == []


def test_a_discounted_sale_gives_the_commission_of_what_was_paid(world: World, buyer, seller, listing):
    coupon(world, seller, amount=Money(2_500, "usd"))
    order = ordered(world, buyer, listing)
    assert world.pay(world.open_page(world.link(buyer, order))).status_code == 303
    world.settle("charge.succeeded", "checkout.session.completed")

    assert world.read(buyer, order).total == Money(7_500, "usd")
    assert world.balance("R:commission") == -1_125
    world.agrees_with_stripe()


def test_an_order_nobody_pays_gives_its_coupon_back(world: World, buyer, seller, listing):
    coupon(world, seller, percent_bps=2_000, uses_max=1)
    ordered(world, buyer, listing)
    assert uses(world, seller) == 1
    with world.database.unit_of_work() as session:
        expire_orders(session, now=now() + timedelta(days=2))
    world.work()
    assert uses(world, seller) == 0
    ordered(world, buyer, listing, key="again")
    assert uses(world, seller) == 1


@pytest.mark.calm
def test_a_buyer_uses_a_coupon_once(world: World, buyer, seller, listing):
    coupon(world, seller, percent_bps=2_000)
    ordered(world, buyer, listing)
    with pytest.raises(CouponNotValid, match="used it already"):
        ordered(world, buyer, listing, key="again")
    assert uses(world, seller) == 1


@pytest.mark.calm
def test_the_last_use_is_one_persons(world: World, seller, listing):
    coupon(world, seller, percent_bps=2_000, uses_max=1)
    people = [world.person(f"p{number}") for number in range(16)]
    outcome: list[bool] = []

    def race(buyer) -> None:
        try:
            ordered(world, buyer, listing)
            outcome.append(True)
        except CouponNotValid:
            outcome.append(False)

    threads = [threading.Thread(target=race, args=(each,)) for each in people]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (outcome.count(True), outcome.count(False)) == (1, 15)
    assert uses(world, seller) == 1


@pytest.mark.calm
def test_codes_that_do_not_fit_say_why(world: World, buyer, seller, listing):
    other = world.listing(world.seller("other"), title="Other data")
    coupon(world, seller, percent_bps=9_999, ends_at=now() + timedelta(hours=1))
    with pytest.raises(CouponNotValid, match="fits nothing"):
        ordered(world, buyer, other)
    with pytest.raises(CouponNotValid, match="fits nothing"):
        ordered(world, buyer, listing, "winter")
    with pytest.raises(CouponNotValid, match=r"leaves 0\.01 USD"):
        ordered(world, buyer, listing)
    with world.database.unit_of_work() as session:
        end_coupon(session, seller, coupons_of(session, seller)[0].id, now=now())
    with pytest.raises(CouponNotValid, match="ended"):
        ordered(world, buyer, listing)
    with pytest.raises(Conflict):
        coupon(world, seller, "SPRING", percent_bps=100)


@pytest.mark.calm
@pytest.mark.parametrize("terms", [
    {}, {"percent_bps": 0}, {"percent_bps": 10_001}, {"amount": Money(0, "usd")}, {"percent_bps": 1, "uses_max": 0},
    {"percent_bps": 1, "amount": Money(1, "usd")}, {"percent_bps": 1, "code": "ab"},
])  # fmt: skip
def test_a_coupon_that_means_nothing_is_refused(world: World, seller, listing, terms):
    with pytest.raises(Invalid):
        coupon(world, seller, **terms)


def keeps(world: World, seller) -> None:
    with world.database.unit_of_work() as session:
        for store in stores_of(session, seller):
            set_refund_policy(session, seller, store.slug, keeps_fee=True)


def test_case_31_a_seller_who_bears_the_fee_gives_all_of_a_cart_line_back(world: World, buyer):
    ann, ben = world.seller("ann"), world.seller("ben")
    first = world.listing(ann, 4_000, title="Data 1", commission_bps=1_000)
    second = world.listing(ben, 6_000, title="Data 2", commission_bps=1_000)
    keeps(world, ann)
    order = world.bought(buyer, first, second)
    world.settle("charge.succeeded", "checkout.session.completed")
    passed = 128  # 40 % of Stripe's 3.20
    world.refund(ann, order)
    world.work()
    world.settle("charge.refunded", "transfer.reversed")

    assert world.balance("R:commission") == -1_000  # the house keeps all of its 10 %
    assert world.balance(f"A:seller_recv:{ann.id}") == 400 + passed
    with world.database.reading() as session:
        assert [may_read(session, buyer, each.dataset_id) for each in (first, second)] == [False, True]
    world.agrees_with_stripe()


def test_case_31_a_seller_who_bears_the_fee_gives_the_whole_sale_back(world: World, buyer, seller):
    listing = world.listing(seller, 4_000, title="Data", commission_bps=1_000)
    keeps(world, seller)
    order = world.bought(buyer, listing)
    world.settle("charge.succeeded")
    world.refund(seller, order)
    world.work()
    world.settle("charge.refunded")

    assert world.books() == {
        ("A:stripe", "usd"): 400 - 146, ("X:stripe_fee", "usd"): 146, ("R:commission", "usd"): -400,
    }  # fmt: skip
    world.agrees_with_stripe()


def test_a_sale_without_commission_can_be_given_back(world: World, buyer, seller):
    listing = world.listing(seller, 4_000, title="Data", commission_bps=0)
    order = world.bought(buyer, listing)
    world.settle("charge.succeeded")
    world.refund(seller, order)
    world.work()
    world.settle("charge.refunded")

    assert world.books() == {("A:stripe", "usd"): -146, ("X:stripe_fee", "usd"): 146}
