"""The projector: what Stripe says now, in our rows and in the books."""

from dataclasses import replace

import pytest

from polidat.core import Money
from polidat.orders import OrderState
from polidat.payments import Gateway, PaymentState, sync_payment
from tests.payments.world import World, now


class Told(Gateway):
    """The real thing, with its answers changed on the way: states the sandbox does not have."""

    def __init__(self, url: str, change) -> None:
        super().__init__("sk_test_sim", base_url=url)
        self.change = change

    def intent(self, intent_id):
        return self.change(super().intent(intent_id))


def settle(world: World, change=lambda intent: intent) -> None:
    ((ref,),) = world.rows("select public_id from payment")
    sync_payment(world.database, Told(world.sandbox.url, change), ref, now=now())


@pytest.fixture
def buyer(world: World):
    return world.person("buyer")


@pytest.mark.parametrize("missing", ["payment", "transfer", "fee"])
def test_nothing_is_posted_until_stripe_has_booked_every_movement(world: World, buyer, missing):
    order = world.bought(buyer, world.listing(world.seller()))

    settle(world, lambda intent: replace(intent, charge=replace(intent.charge, **{missing: None})))

    assert world.rows("select state from charge") == [("waiting",)]
    assert world.books() == {}
    assert world.read(buyer, order).state == OrderState.AWAITING_PAYMENT
    settle(world)
    assert world.rows("select state from charge") == [("settled",)]
    assert world.read(buyer, order).is_fulfilled


def test_a_sale_that_settles_in_another_currency_leaves_no_exchange_open(world: World, buyer):
    order = world.bought(buyer, world.listing(world.seller(), 9_000, "eur"))

    def in_dollars(intent):
        charge = intent.charge
        paid = replace(charge.payment, currency="usd", amount_minor=9_720, fee_minor=409, net_minor=9_311)
        sent = replace(charge.transfer, currency="usd", amount_minor=-9_720, net_minor=-9_720)
        fee = replace(charge.fee, currency="usd", amount_minor=1_458, net_minor=1_458)
        return replace(intent, charge=replace(charge, payment=paid, transfer=sent, fee=fee))

    settle(world, in_dollars)

    assert world.read(buyer, order).is_fulfilled
    assert world.books() == {
        ("A:stripe", "usd"): 9_311 - 9_720 + 1_458,
        ("X:stripe_fee", "usd"): 409,
        ("R:commission", "usd"): -1_458,
    }


def test_a_bank_at_work_is_processing_until_it_answers(world: World, buyer):
    order = world.bought(buyer, world.listing(world.seller()))
    states = []

    for status in ("processing", "requires_payment_method"):
        settle(world, lambda intent, status=status: replace(intent, status=status, charge=None))
        states += [state for (state,) in world.rows("select state from payment")]
    settle(world)

    assert states == [PaymentState.PROCESSING, PaymentState.OPEN]
    assert world.read(buyer, order).is_fulfilled


def test_the_mirror_follows_a_movement_that_becomes_available(world: World, buyer):
    world.bought(buyer, world.listing(world.seller()))
    settle(world)
    assert world.rows("select distinct status from stripe_bt") == [("pending",)]

    world.sandbox.clock.ahead_s = 3 * 86_400
    settle(world)

    assert world.rows("select distinct status, count(*) from stripe_bt group by status") == [("available", 3)]


def test_the_mirror_holds_every_movement_of_a_sale(world: World, buyer):
    world.bought(buyer, world.listing(world.seller()))
    settle(world)

    assert world.rows("select category, amount_minor, fee_minor, net_minor from stripe_bt order by category") == [
        ("charge", 10_000, 320, 9_680),
        ("platform_earning", 1_500, 0, 1_500),
        ("transfer", -10_000, 0, -10_000),
    ]


def test_a_payment_of_a_subject_is_one_until_it_is_over(world: World, buyer):
    order = world.bought(buyer, world.listing(world.seller()))

    settle(world)

    ((state, amount),) = world.rows("select state, amount_minor from payment")
    assert (state, Money(amount, "usd")) == ("settled", order.total)
