"""What a payout is made of: as Stripe says of an automatic one, the oldest first for one the seller asked for."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polidat.core import Money
from polidat.payments import StripeRefused, check_payouts, pay_out, payout_parts
from polidat.payments.facts import Movement
from polidat.payments.payout_check import attribute
from tests.conftest import NOON
from tests.payments.world import World, now

AT_ONCE = "4000 0000 0000 0077"


def moved(number: int, net: int, category: str = "charge") -> Movement:
    at = NOON + timedelta(minutes=number)
    return Movement(f"txn_{number}", category, category, f"src_{number}", "usd", net, 0, net, at, at, "available")


def parts(*amounts: int) -> list[tuple[str, str, int]]:
    """Amounts of 1,000 and more below zero are payouts."""
    movements = [moved(at, net, "payout" if net <= -1000 else "charge") for at, net in enumerate(amounts)]
    return [(each.payout_id, each.movement_id, each.minor) for each in attribute(movements)]


def test_the_oldest_movements_go_first_and_one_may_be_split():
    assert parts(700, 800, -1000, 300, -1_000) == [
        ("src_2", "txn_0", 700), ("src_2", "txn_1", 300), ("src_4", "txn_1", 500), ("src_4", "txn_3", 300),
    ]  # fmt: skip


def test_a_refund_lowers_the_next_payout_and_no_later_one():
    assert parts(900, 900, -300, -1_500) == [("src_3", "txn_2", -300), ("src_3", "txn_0", 900), ("src_3", "txn_1", 900)]


@given(st.lists(st.tuples(st.integers(-400, 900).filter(bool), st.integers(0, 1)), max_size=30))
def test_a_payout_of_what_there_is_is_covered_exactly_and_nothing_is_given_twice(steps):
    movements, there = [], 0
    for number, (net, pays) in enumerate(steps):
        movements.append(moved(2 * number, net))
        there += net
        if pays and there > 0:
            movements.append(moved(2 * number + 1, -there, "payout"))
            there = 0

    found = attribute(movements)

    for each in movements:
        if each.category == "payout":
            assert sum(part.minor for part in found if part.payout_id == each.source) == -each.net_minor
    used = [part.movement_id for part in found]
    assert len(used) == len(set(used))


@pytest.fixture
def seller(world: World):
    """Somebody with 85.00 and 42.50 at Stripe, available."""
    seller, buyer = world.seller(), world.person("buyer")
    for number, price in enumerate((10_000, 5_000)):
        order = world.order(buyer, world.listing(seller, price, title=f"Polls {number}"), key=f"click-{number}")
        world.pay(world.open_page(world.link(buyer, order)), AT_ONCE)
    world.settle("charge.succeeded")
    return seller


def account_of(world: World) -> str:
    ((account,),) = world.rows("select stripe_id from seller_account")
    return account


def check(world: World):
    return check_payouts(world.database, world.gateway, now=now())


def open_ones(world: World):
    return world.rows("select category, about, theirs_minor, ours_minor from discrepancy where state = 'open'")


def test_an_automatic_payout_is_made_of_what_stripe_names_once_it_is_complete(world: World, seller):
    payout = world.sandbox.control(f"accounts/{account_of(world)}/pay_out")
    before = check(world)
    world.sandbox.control(f"payouts/{payout['id']}/pay")

    found = check(world)

    assert (before.automatic, before.waiting, before.wrong) == (0, 1, 0)
    assert (found.automatic, found.waiting, found.wrong, found.is_clean) == (1, 0, 0, True)
    assert open_ones(world) == []
    with world.database.reading() as session:
        named = payout_parts(session, account_of(world))
    assert sorted((each.payout_id, each.minor) for each in named) == [(payout["id"], 4_250), (payout["id"], 8_500)]
    assert [at is not None for (at,) in world.rows("select checked_at from payout")] == [True]


def test_an_automatic_payout_that_lacks_a_movement_is_told_until_stripe_names_it(world: World, seller):
    payout = world.sandbox.control(f"accounts/{account_of(world)}/pay_out")
    world.sandbox.control(f"payouts/{payout['id']}/pay")
    whole = world.gateway

    class Forgetful(type(world.gateway)):
        def movements_of(self, account_id, *, since=None, payout_id=None):
            found = super().movements_of(account_id, since=since, payout_id=payout_id)
            return found[:-1] if payout_id else found

    world.gateway = Forgetful("sk_test_sim", base_url=world.sandbox.url)
    assert check(world).wrong == 1
    assert open_ones(world) == [("payout_sum", payout["id"], 12_750 - 8_500, 12_750)]

    world.gateway = whole
    assert check(world).is_clean
    assert open_ones(world) == []


def test_manual_payouts_are_covered_by_what_was_there_before(world: World, seller):
    for minor, method in ((6_000, "standard"), (3_000, "instant")):
        pay_out(world.database, world.gateway, seller, Money(minor, "usd"), method=method, key="click")
    found = check(world)

    assert (found.manual, found.wrong) == (2, 0)
    with world.database.reading() as session:
        named = payout_parts(session, account_of(world))
    paid = Counter()
    for each in named:
        paid[each.payout_id] += each.minor
    assert sorted(paid.values()) == [3_000 + 50, 6_000], "an instant one costs 0.50 more"

    with world.database.unit_of_work() as session:
        session.connection().exec_driver_sql("update seller_bt set net_minor = 4250 where net_minor = 8500")
    assert check(world).wrong == 1
    ((category, _, whole, covered),) = open_ones(world)
    assert category == "payout_uncovered"
    assert whole - covered == 3_050 + 6_000 - 4_250 - 4_250, "which of two in one second is the later is not said"


def test_a_payout_that_came_back_fits_and_its_money_goes_into_the_next(world: World, seller):
    first = pay_out(world.database, world.gateway, seller, Money(8_500, "usd"), method="standard", key="click")
    world.sandbox.control(f"payouts/{first.id}/fail")
    pay_out(world.database, world.gateway, seller, Money(12_750, "usd"), method="standard", key="again")

    assert check(world).wrong == 0


def test_an_account_that_cannot_be_read_does_not_stop_the_others(world: World, seller):
    world.seller("other")
    mine = world.rows("select stripe_id from seller_account order by person_id")[0][0]

    class Closed(type(world.gateway)):
        def payouts_of(self, account_id, *, since=None):
            if account_id == mine:
                raise StripeRefused("no longer connected", "account_invalid", "req_1")
            return super().payouts_of(account_id, since=since)

    world.gateway = Closed("sk_test_sim", base_url=world.sandbox.url)

    assert check(world).unread == [mine]
