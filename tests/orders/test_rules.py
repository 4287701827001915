"""What a payment buys."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polidat.core import Money
from polidat.ledger.rules import check_legs
from polidat.orders.rules import LineShare, allocation, commission_of, what_is_wrong
from polidat.payments import PaymentSettled
from tests.conftest import NOON

PAID = PaymentSettled(
    subject="ord_1", payment_id="pay_1", charge_id="ch_1", seller="7", amount_minor=10_000, currency="usd",
    settled_currency="usd", settled_minor=10_000, sent_minor=10_000, fee_minor=1_500, doubt="", at=NOON,
)  # fmt: skip
LINES = st.lists(st.tuples(st.integers(1, 10**8), st.integers(0, 10_000)), min_size=1, max_size=20)


def sums(parts):
    found = {}
    for _, legs in parts:
        for leg in legs:
            found[leg.account, leg.currency] = found.get((leg.account, leg.currency), 0) + leg.minor
    return found


def lines_of(shares):
    return [LineShare(number, price, price * bps // 10_000) for number, (price, bps) in enumerate(shares, start=1)]


def test_a_payment_of_the_right_sum_buys_the_order():
    assert what_is_wrong(Money(10_000, "usd"), PAID, paid_before=None) == ""


@pytest.mark.parametrize(
    ("total", "fact", "before", "words"),
    [
        (Money(10_001, "usd"), PAID, None, "100.00 USD came in with ch_1, but the order is over 100.01 USD"),
        (Money(10_000, "eur"), PAID, None, "the order is over 100.00 EUR"),
        (Money(10_000, "usd"), PAID, "ch_0", "paid twice"),
        (Money(10_000, "usd"), replace(PAID, doubt="Its tags name another order."), None, "tags"),
    ],
)
def test_money_that_does_not_fit_says_why(total, fact, before, words):
    assert words in what_is_wrong(total, fact, paid_before=before)


@given(LINES, st.data())
def test_an_allocation_shares_every_cent_and_balances(shares, data):
    lines = lines_of(shares)
    total = sum(line.price_minor for line in lines)
    fee = data.draw(st.integers(0, total))
    fact = replace(PAID, amount_minor=total, settled_minor=total, fee_minor=fee)

    parts = allocation("ord_1", lines, fact)

    for number, legs in parts:
        check_legs(str(number), legs)
    expected = {("C:order:ord_1", "usd"): total, ("L:seller:7", "usd"): fee - total, ("R:commission", "usd"): -fee}
    assert {key: minor for key, minor in sums(parts).items() if minor} == {k: m for k, m in expected.items() if m}


@given(LINES)
def test_each_line_gives_its_own_commission_when_the_fee_is_the_one_agreed(shares):
    lines = lines_of(shares)
    total, agreed = sum(line.price_minor for line in lines), sum(line.commission_minor for line in lines)
    fact = replace(PAID, amount_minor=total, settled_minor=total, fee_minor=agreed)

    parts = allocation("ord_1", lines, fact)

    taken = [-sum(leg.minor for leg in legs if leg.account == "R:commission") for _, legs in parts]
    assert taken == [line.commission_minor for line in lines]


@given(LINES, st.integers(1, 10**9), st.data())
def test_a_payment_that_settles_in_another_currency_is_shared_in_that_one(shares, settled, data):
    lines = lines_of(shares)
    total = sum(line.price_minor for line in lines)
    fee = data.draw(st.integers(0, settled))
    fact = replace(
        PAID, amount_minor=total, currency="eur", settled_currency="usd", settled_minor=settled, fee_minor=fee
    )

    parts = allocation("ord_1", lines, fact)

    for number, legs in parts:
        check_legs(str(number), legs)
    expected = {
        ("C:order:ord_1", "eur"): total,
        ("C:fx:eur_usd", "eur"): -total,
        ("C:fx:eur_usd", "usd"): settled,
        ("L:seller:7", "usd"): fee - settled,
        ("R:commission", "usd"): -fee,
    }
    assert {key: minor for key, minor in sums(parts).items() if minor} == {k: m for k, m in expected.items() if m}


@given(st.integers(0, 10**10), st.integers(0, 10_000), st.sampled_from(["usd", "jpy", "kwd"]))
def test_a_commission_is_a_chargeable_part_of_the_price(minor, bps, currency):
    price = Money(minor - minor % 10, currency)

    taken = commission_of(price, bps)

    assert 0 <= taken.minor <= price.minor
    assert taken.minor % (10 if currency == "kwd" else 1) == 0
    assert abs(taken.minor - price.minor * bps / 10_000) <= (10 if currency == "kwd" else 0.5)


def test_the_commissions_of_the_manual():
    assert commission_of(Money(10_000, "usd"), 1_500) == Money(1_500, "usd")
    assert commission_of(Money(5_120, "kwd"), 1_500) == Money(760, "kwd")
    assert commission_of(Money(1_999, "usd"), 1_500) == Money(300, "usd")
