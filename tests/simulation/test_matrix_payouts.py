"""The money matrix: payouts of sellers. They move the seller's money, never the platform's."""

import pytest

from polidat.core import Invalid, Money
from polidat.payments import NotEnoughToPayOut, SellerNotReady, pay_out, seller_balance, seller_payouts
from tests.payments.world import World

AT_ONCE = "4000 0000 0000 0077"


@pytest.fixture
def paid(world: World, buyer, seller, listing):
    """A sale over 100.00 whose money is available; the seller has 85.00."""
    order = world.order(buyer, listing)
    world.pay(world.open_page(world.link(buyer, order)), AT_ONCE)
    world.settle("charge.succeeded")
    return order


def has(world: World, seller) -> tuple[int, int, int]:
    (balance,) = seller_balance(world.database, world.gateway, seller)
    return balance.available.minor, balance.instant.minor, balance.pending.minor


def pay(world: World, seller, minor: int, method: str = "standard", key: str = "click"):
    return pay_out(world.database, world.gateway, seller, Money(minor, "usd"), method=method, key=key)


def statuses(world: World, seller) -> list[str]:
    return [each.state for each in seller_payouts(world.database, world.gateway, seller)]


def test_case_48_a_standard_payout_is_paid_and_leaves_our_books_alone(world: World, seller, paid):
    before = world.books()
    assert has(world, seller) == (8_500, 8_500, 0)
    payout = pay(world, seller, 8_500)
    assert pay(world, seller, 8_500).id == payout.id, "a second press of the button is the same payout"

    world.sandbox.control(f"payouts/{payout.id}/pay")

    assert has(world, seller)[0] == 0
    assert statuses(world, seller) == ["paid"]
    assert world.books() == before
    world.agrees_with_stripe()


def test_case_49_a_payout_that_fails_after_it_was_paid_brings_the_money_back(world: World, seller, paid):
    payout = pay(world, seller, 8_500)
    world.sandbox.control(f"payouts/{payout.id}/pay")
    world.sandbox.control(f"payouts/{payout.id}/fail")

    assert has(world, seller)[0] == 8_500
    (failed,) = seller_payouts(world.database, world.gateway, seller)
    assert (failed.state, failed.problem) == ("failed", "The bank account has been closed.")
    world.agrees_with_stripe()


@pytest.mark.parametrize("minor", [8_501, 8_450])
def test_case_50_an_instant_payout_above_what_is_there_is_refused(world: World, seller, paid, minor):
    with pytest.raises(NotEnoughToPayOut, match="fee included"):
        pay(world, seller, minor, "instant")

    assert statuses(world, seller) == []
    assert has(world, seller)[0] == 8_500


def test_case_51_an_instant_payout_costs_its_fee(world: World, seller, paid):
    pay(world, seller, 8_000, "instant")

    assert has(world, seller)[0] == 8_500 - 8_000 - 80


def test_money_on_its_way_can_be_had_at_once_but_not_by_a_standard_payout(world: World, buyer, seller, listing):
    world.bought(buyer, listing)
    assert has(world, seller) == (0, 8_500, 8_500)

    with pytest.raises(NotEnoughToPayOut):
        pay(world, seller, 100)
    assert pay(world, seller, 5_000, "instant").method == "instant"


def test_what_cannot_be_asked_is_refused_before_stripe_is(world: World, seller, paid):
    with pytest.raises(Invalid):
        pay(world, seller, 0)
    with pytest.raises(Invalid):
        pay(world, seller, 100, "by pigeon")
    with pytest.raises(NotEnoughToPayOut):
        pay_out(world.database, world.gateway, seller, Money(100, "eur"), method="standard", key="k")
    with pytest.raises(SellerNotReady):
        pay(world, world.person("nobody"), 100)
