"""How bids become a price."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polidat.auctions import Offer, Standing, increment, least_bid, take
from polidat.auctions.rules import end_after
from polidat.core import Money

START = Money(1_000, "usd")
offers = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 600_000)), max_size=40)


def run(told, *, reserve_minor=0) -> list[Standing]:
    stands = [Standing()]
    for number, (bidder, maximum) in enumerate(told, start=1):
        stands.append(take(stands[-1], Offer(number, bidder, maximum), start=START, reserve_minor=reserve_minor))
    return stands


@pytest.mark.parametrize(
    ("price", "step"),
    [(99, 5), (100, 25), (500, 50), (2_500, 100), (10_000, 250), (25_000, 500), (50_000, 1_000), (100_000, 2_500),
     (250_000, 5_000), (500_000, 10_000)],
)  # fmt: skip
def test_increments_are_those_of_the_table(price, step):
    assert increment(Money(price, "usd")) == step


@pytest.mark.parametrize(("price", "code", "step"), [(50, "jpy", 1), (5_000, "jpy", 100), (5_120, "kwd", 500)])
def test_increments_follow_the_currency(price, code, step):
    assert increment(Money(price, code)) == step


def test_the_first_bid_is_at_the_start_and_a_rival_raises_it():
    stands = run([(1, 5_000), (2, 2_000), (2, 4_950), (3, 6_000)])
    assert [each.price_minor for each in stands] == [0, 1_000, 2_050, 5_000, 5_100]
    assert [each.leader_id for each in stands] == [None, 1, 1, 1, 3]


def test_an_equal_later_maximum_loses_to_the_earlier_one():
    assert run([(1, 5_000), (2, 5_000)])[-1] == Standing(5_000, 1, 1, 5_000)


def test_you_can_be_outbid_by_less_than_an_increment():
    assert run([(1, 5_000), (2, 5_001)])[-1] == Standing(5_001, 2, 2, 5_001)


def test_raising_ones_own_maximum_keeps_the_price():
    assert run([(1, 5_000), (1, 9_000)])[-1] == Standing(1_000, 1, 2, 9_000)
    assert run([(1, 5_000), (1, 4_000)])[-1] == Standing(1_000, 1, 1, 5_000)


def test_a_reserve_is_the_price_once_a_maximum_reaches_it():
    stands = run([(1, 3_000), (2, 7_000)], reserve_minor=6_000)
    assert [each.price_minor for each in stands] == [0, 1_000, 6_000]


@given(offers, st.integers(0, 300_000))
def test_the_price_only_rises_and_nobody_pays_more_than_they_said(told, reserve_minor):
    stands = run(told, reserve_minor=reserve_minor)
    assert [each.price_minor for each in stands] == sorted(each.price_minor for each in stands)
    assert all(each.price_minor <= each.maximum_minor for each in stands)


@given(offers)
def test_the_leader_is_whoever_counted_and_offered_most_first(told):
    counted: list[tuple[int, int, int]] = []
    stand = Standing()
    for number, (bidder, maximum) in enumerate(told, start=1):
        if maximum >= least_bid(stand, START, bidder):
            counted.append((-maximum, number, bidder))
        stand = take(stand, Offer(number, bidder, maximum), start=START, reserve_minor=0)
    best = min(counted, default=None)
    assert (stand.leader_id, stand.bid_id) == ((best[2], best[1]) if best else (None, None))


def test_a_bid_in_the_last_moments_moves_the_end_but_never_past_the_hard_one():
    end, soft = datetime(2026, 11, 21, 12, tzinfo=UTC), timedelta(minutes=2)
    hard = end + timedelta(minutes=3)
    assert end_after(end, hard, soft, end - timedelta(minutes=5)) == end
    assert end_after(end, hard, soft, end - timedelta(seconds=30)) == end + timedelta(seconds=90)
    assert end_after(hard, hard, soft, hard - timedelta(seconds=1)) == hard
