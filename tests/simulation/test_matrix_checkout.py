"""The money matrix: one seller, one link, and the cards that do not simply pay.

The cases that do are in tests/orders, under their numbers.
"""

import pytest

from polidat.access import GrantState
from polidat.orders import OrderState, expire_orders
from polidat.payments import sweep
from tests.payments.world import DECLINED, World, now

CHALLENGED = "4000 0025 0000 3155"
SOLD = {("A:stripe", "usd"): 1_180, ("X:stripe_fee", "usd"): 320, ("R:commission", "usd"): -1_500}


@pytest.fixture
def order(world: World, buyer, listing):
    return world.order(buyer, listing)


def grants(world: World) -> list[str]:
    return [state for (state,) in world.rows("select state from entitlement")]


def look(world: World) -> None:
    """Hear of everything: by webhook, and by the sweep."""
    world.receive(world.deliveries())
    world.work()
    sweep(world.database, world.gateway, now=now())
    world.work()


def test_case_02_a_declined_card_moves_nothing_and_says_why(world: World, buyer, order):
    page = world.open_page(world.link(buyer, order))
    world.pay(page, DECLINED)
    look(world)

    shown = world.read(buyer, order)
    assert (shown.state, shown.problem) == (OrderState.AWAITING_PAYMENT, "Your card was declined.")
    assert world.books() == {}
    assert grants(world) == []


@pytest.mark.parametrize("answer", ["complete", "fail"])
def test_case_04_and_05_the_banks_challenge_decides(world: World, buyer, order, answer):
    challenged = world.pay(world.open_page(world.link(buyer, order)), CHALLENGED)
    look(world)
    assert world.read(buyer, order).state == OrderState.AWAITING_PAYMENT
    assert world.books() == {}

    world.sandbox.web.post(challenged.headers["location"], data={"answer": answer})
    look(world)

    if answer == "complete":
        assert world.books() == SOLD
        assert grants(world) == [GrantState.ACTIVE]
    else:
        assert world.books() == {}
        assert grants(world) == []
        assert world.read(buyer, order).problem
    world.agrees_with_stripe()


def test_case_11_an_order_nobody_pays_expires_and_leaves_nothing(world: World, buyer, order):
    page = world.open_page(world.link(buyer, order))
    world.sandbox.clock.ahead_s = 25 * 3600
    with world.database.unit_of_work() as session:
        expire_orders(session, now=order.payable_until)
    look(world)

    assert world.pay(page).status_code == 410
    assert world.read(buyer, order).state == OrderState.EXPIRED
    assert world.books() == {}
    assert grants(world) == []


def test_case_16_a_link_that_was_paid_takes_nobody_else(world: World, buyer, order):
    url = world.link(buyer, order)
    assert world.pay(world.open_page(url)).status_code == 303
    look(world)

    closed = world.sandbox.web.get(url)

    assert closed.status_code == 410
    assert "has been paid or is closed" in closed.text
    assert world.books() == SOLD
