"""The money matrix: bids that cards hold, the one that wins, and those that are let go."""

from datetime import timedelta

import pytest

from polidat.access import may_read
from polidat.auctions import (
    AuctionOver,
    AuctionState,
    BidTooLow,
    auctions_of_seller,
    close_due,
    my_bid,
    offer_auction,
)
from polidat.core import Conflict, Invalid, Money
from polidat.orders import NothingToPay, OrderState, order_of, start_payment
from polidat.people import mails
from polidat.wiring import bid_in_auction
from tests.payments.world import DECLINED, RETURN_URL, World, now
from tests.stripe_sandbox.conftest import eventually

LASTS = timedelta(days=2)
HELD = "payment_intent.amount_capturable_updated"
WEEK_S = 7 * 86_400


@pytest.fixture
def auction(world: World, seller, listing):
    with world.database.unit_of_work() as session:
        reserve, start = Money(25_000, "usd"), Money(10_000, "usd")
        return offer_auction(session, seller, listing.id, start, reserve=reserve, lasts=LASTS, now=now())


def ask(world: World, bidder, listing, major: int, *, key: str = "") -> tuple[str, str]:
    return bid_in_auction(
        world.database, world.gateway, bidder, listing.id, Money(major * 100, "usd"),
        key=key or f"{bidder.id}-{major}", return_url=f"{RETURN_URL}/", now=now(),
        agreed=world.agreeing(bidder, listing),
    )  # fmt: skip


def bid(world: World, bidder, listing, major: int) -> str:
    """A bid that a card holds, and that we know of."""
    order, page = ask(world, bidder, listing, major)
    before = world.listener.types().count(HELD)
    assert world.pay(page).status_code == 303
    eventually(lambda: world.listener.types().count(HELD) > before)
    world.settle(HELD)
    return order


def close(world: World) -> None:
    with world.database.unit_of_work() as session:
        close_due(session, now=now() + LASTS + timedelta(hours=3))
    world.work()


def stands(world: World, seller):
    with world.database.reading() as session:
        return auctions_of_seller(session, seller)[0]


def state(world: World, buyer, ref: str) -> str:
    with world.database.reading() as session:
        return order_of(session, buyer, ref).state


def may(world: World, buyer, listing) -> bool:
    with world.database.reading() as session:
        return may_read(session, buyer, listing.dataset_id)


def test_case_59_the_highest_bid_wins_and_only_its_card_is_charged(world: World, buyer, seller, listing, auction):
    outbid = bid(world, buyer, listing, 200)
    assert world.books() == {("M:auth_hold", "usd"): 20_000, ("M:auth_contra", "usd"): -20_000}
    assert (stands(world, seller).price_minor, stands(world, seller).meets_reserve) == (10_000, False)

    winner = world.person("winner")
    won = bid(world, winner, listing, 300)
    world.settle("payment_intent.canceled")
    assert world.books() == {("M:auth_hold", "usd"): 30_000, ("M:auth_contra", "usd"): -30_000}
    assert stands(world, seller).price_minor == 25_000  # the reserve
    assert state(world, buyer, outbid) == OrderState.CANCELED
    assert world.sandbox.client().v1.balance_transactions.list().data == []

    close(world)
    world.settle("charge.captured")
    assert (stands(world, seller).state, state(world, winner, won)) == (AuctionState.SOLD, OrderState.FULFILLED)
    assert (may(world, winner, listing), may(world, buyer, listing)) == (True, False)
    assert world.books() == {("A:stripe", "usd"): 3_750, ("R:commission", "usd"): -3_750}
    (charge,) = [each for each in world.sandbox.client().v1.charges.list().data if each.captured]
    assert (charge.amount, charge.amount_captured) == (30_000, 25_000)
    world.agrees_with_stripe()
    with world.database.reading() as session:
        assert {each.subject for each in mails(session)} == {
            "Your bid on PoliDat is out", "You have won an auction on PoliDat", "You sold “Polls 2023”",
            "Your PoliDat order over 250.00 USD is paid",
        }  # fmt: skip


def test_what_a_winner_paid_goes_back_in_full_and_what_was_only_held_is_no_refund(
    world: World, buyer, seller, listing, auction
):
    won = bid(world, buyer, listing, 300)
    close(world)
    world.settle("charge.captured")
    with world.database.reading() as session:
        order = order_of(session, buyer, won)
    assert order.total == Money(25_000, "usd")

    world.refund(seller, order)
    world.work()
    world.settle("charge.refunded")

    assert world.rows("select amount_minor, state from refund") == [(25_000, "succeeded")]
    assert not may(world, buyer, listing)
    world.agrees_with_stripe()


def test_case_59_a_hold_ends_after_a_week_and_moves_nothing(world: World, buyer, seller, listing, auction):
    order = bid(world, buyer, listing, 260)
    world.sandbox.control("clock/advance", {"seconds": WEEK_S})
    world.settle("charge.expired", "payment_intent.canceled")

    assert state(world, buyer, order) == OrderState.CANCELED
    assert world.books() == {}
    assert (stands(world, seller).leading_bid, stands(world, seller).price_minor) == (None, 0)
    close(world)
    assert stands(world, seller).state == AuctionState.UNSOLD
    world.agrees_with_stripe()


def test_a_winner_whose_hold_is_gone_may_pay_in_another_way(world: World, buyer, seller, listing, auction):
    order = bid(world, buyer, listing, 260)
    world.sandbox.control("clock/advance", {"seconds": WEEK_S})
    with world.database.unit_of_work() as session:
        close_due(session, now=now() + LASTS)
    world.work()

    assert state(world, buyer, order) == OrderState.AWAITING_PAYMENT
    with world.database.reading() as session:
        found = order_of(session, buyer, order)
    assert "pay within a day" in found.problem
    assert world.pay(world.open_page(world.link(buyer, found))).status_code == 303
    world.settle("payment_intent.succeeded")
    assert may(world, buyer, listing)
    assert world.balance("R:commission") == -3_750
    world.agrees_with_stripe()


def test_a_reserve_that_nobody_reaches_sells_nothing(world: World, buyer, seller, listing, auction):
    order = bid(world, buyer, listing, 200)
    close(world)

    assert (stands(world, seller).state, state(world, buyer, order)) == (AuctionState.UNSOLD, OrderState.CANCELED)
    world.settle("payment_intent.canceled")
    assert world.books() == {}


def test_a_card_that_holds_a_bid_too_late_is_freed(world: World, buyer, seller, listing, auction):
    order, page = ask(world, buyer, listing, 300)
    assert world.pay(page).status_code == 303  # and nobody told us yet
    with world.database.unit_of_work() as session:
        close_due(session, now=now() + LASTS)
    world.settle(HELD)
    world.settle("payment_intent.canceled")

    assert (stands(world, seller).state, state(world, buyer, order)) == (AuctionState.UNSOLD, OrderState.CANCELED)
    assert world.books() == {}
    (intent,) = world.sandbox.client().v1.payment_intents.list().data
    assert intent.status == "canceled"


@pytest.mark.calm
def test_a_declined_card_holds_nothing_and_the_bid_does_not_count(world: World, buyer, seller, listing, auction):
    order, page = ask(world, buyer, listing, 300)
    assert world.pay(page, DECLINED).status_code != 303
    world.settle("payment_intent.payment_failed")

    assert (stands(world, seller).bids, state(world, buyer, order)) == (0, OrderState.BIDDING)
    with world.database.reading() as session:
        assert "declined" in order_of(session, buyer, order).problem
    close(world)
    assert state(world, buyer, order) == OrderState.CANCELED


@pytest.mark.calm
def test_bids_that_cannot_count_say_why(world: World, buyer, seller, listing, auction):
    first = bid(world, buyer, listing, 200)
    other = world.person("other")
    with pytest.raises(BidTooLow, match=r"102\.50 USD"):
        ask(world, other, listing, 101)
    with pytest.raises(BidTooLow, match=r"200\.01 USD"):
        ask(world, buyer, listing, 200, key="again")
    with pytest.raises(Conflict, match="your own auction"):
        ask(world, seller, listing, 500)
    with pytest.raises(NothingToPay, match="stands behind a bid"):
        start_payment(world.database, world.gateway, buyer, first, return_url=RETURN_URL, now=now())
    with pytest.raises(Invalid, match="in USD"):
        bid_in_auction(
            world.database, world.gateway, other, listing.id, Money(90_000, "eur"), key="eur",
            return_url=RETURN_URL, now=now(),
        )  # fmt: skip
    with pytest.raises(AuctionOver):
        bid_in_auction(
            world.database, world.gateway, other, listing.id, Money(90_000, "usd"), key="late",
            return_url=RETURN_URL, now=now() + LASTS,
        )  # fmt: skip
    assert ask(world, other, listing, 500, key="k") == ask(world, other, listing, 500, key="k")


@pytest.mark.calm
def test_raising_ones_own_bid_frees_the_earlier_hold(world: World, buyer, seller, listing, auction):
    bid(world, buyer, listing, 200)
    bid(world, buyer, listing, 400)
    world.settle("payment_intent.canceled")

    found = stands(world, seller)
    assert (found.price_minor, found.bids) == (25_000, 2)
    with world.database.reading() as session:
        mine = my_bid(session, buyer, found.id)
    assert mine is not None
    assert mine.maximum_minor == 40_000
    assert world.books() == {("M:auth_hold", "usd"): 40_000, ("M:auth_contra", "usd"): -40_000}
