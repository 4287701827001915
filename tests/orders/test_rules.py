"""What a payment buys."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polidat.core import Money, currency
from polidat.ledger.rules import check_legs
from polidat.orders import Order, OrderLine
from polidat.orders.pay import items_of
from polidat.orders.rules import (
    LinePaid,
    LineShare,
    allocation,
    disputed_shares,
    licence_prices,
    refund_legs,
    returned_price,
    spread,
    what_is_wrong,
)
from polidat.payments import PaymentRefunded, PaymentSettled
from tests.conftest import NOON

PAID = PaymentSettled(
    subject="ord_1", payment_id="pay_1", charge_id="ch_1", seller="7", amount_minor=10_000, currency="usd",
    settled_currency="usd", settled_minor=10_000, sent_minor=10_000, fee_minor=1_500, doubt="", at=NOON,
)  # fmt: skip
LINES = st.lists(st.tuples(st.integers(1, 10**8), st.integers(0, 10_000)), min_size=1, max_size=20)


def sums(parts):
    found = {}
    for part in parts:
        for leg in part.legs:
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


QUANTITIES = st.integers(1, 100)
CODES = st.sampled_from(["usd", "jpy", "kwd"])


@given(st.integers(0, 10**6), QUANTITIES, CODES)
def test_licences_of_a_line_make_the_line_and_differ_by_a_step_at_most(steps, quantity, code):
    step = currency(code).charge_step
    prices = licence_prices(Money(steps * step, code), quantity)

    assert (len(prices), sum(prices)) == (quantity, steps * step)
    assert prices == sorted(prices, reverse=True)
    assert prices[0] - prices[-1] in (0, step)
    assert all(each % step == 0 for each in prices)


@given(st.integers(1, 10**6), st.lists(st.integers(1, 40), min_size=1, max_size=8), CODES)
def test_licences_that_go_back_one_after_the_other_are_the_line_to_the_cent(steps, counts, code):
    step, quantity = currency(code).charge_step, sum(counts)
    line = Money(steps * step, code)
    kept, left = quantity, line.minor

    for count in counts:
        part = returned_price(line, quantity, kept, count, left)
        assert 0 <= part <= left
        assert abs(part - line.minor * count / quantity) <= step * count
        kept, left = kept - count, left - part

    assert (kept, left) == (0, 0)


@given(
    st.lists(
        st.tuples(st.integers(50, 10**5), QUANTITIES, st.integers(0, 100), st.integers(0, 900)), min_size=1, max_size=20
    )
)
def test_what_stripe_is_asked_for_is_the_order_to_the_cent_in_at_most_twenty_items(shares):
    lines = [
        OrderLine(
            number=number, title="Polls", quantity=quantity, currency="usd", shipping_minor=delivery,
            price_minor=unit * quantity - off + delivery,
        )
        for number, (unit, quantity, off, delivery) in enumerate(shares, start=1)
        if unit * quantity >= off
    ]  # fmt: skip
    order = Order(currency="usd", lines=lines)

    items = items_of(order)

    asked = sum(each.price_minor * each.quantity for each in items)
    assert asked + sum(each.shipping_minor for each in lines) == order.total.minor
    assert len(items) <= 20
    assert bool(items) == bool(order.total.minor)  # Stripe asks for an item, also where only delivery costs something
    assert all(each.quantity > 0 for each in items)
    free = any(not each.goods.minor and each.shipping_minor for each in lines)
    assert free or all(each.price_minor > 0 for each in items)


@given(LINES, st.data())
def test_an_allocation_shares_every_cent_and_balances(shares, data):
    lines = lines_of(shares)
    total = sum(line.price_minor for line in lines)
    fee = data.draw(st.integers(0, total))
    fact = replace(PAID, amount_minor=total, settled_minor=total, fee_minor=fee)

    parts = allocation("ord_1", lines, fact)

    for part in parts:
        check_legs(str(part.number), part.legs)
    expected = {("C:order:ord_1", "usd"): total, ("L:seller:7", "usd"): fee - total, ("R:commission", "usd"): -fee}
    assert {key: minor for key, minor in sums(parts).items() if minor} == {k: m for k, m in expected.items() if m}


@given(LINES)
def test_each_line_gives_its_own_commission_when_the_fee_is_the_one_agreed(shares):
    lines = lines_of(shares)
    total, agreed = sum(line.price_minor for line in lines), sum(line.commission_minor for line in lines)
    fact = replace(PAID, amount_minor=total, settled_minor=total, fee_minor=agreed)

    parts = allocation("ord_1", lines, fact)

    taken = [-sum(leg.minor for leg in part.legs if leg.account == "R:commission") for part in parts]
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

    for part in parts:
        check_legs(str(part.number), part.legs)
    expected = {
        ("C:order:ord_1", "eur"): total,
        ("C:fx:eur_usd", "eur"): -total,
        ("C:fx:eur_usd", "usd"): settled,
        ("L:seller:7", "usd"): fee - settled,
        ("R:commission", "usd"): -fee,
    }
    assert {key: minor for key, minor in sums(parts).items() if minor} == {k: m for k, m in expected.items() if m}


REFUND = PaymentRefunded(
    subject="ord_1", refund_ref="ref_1", charge_id="ch_1", seller="7", amount_minor=3_000, currency="usd",
    settled_minor=3_000, settled_currency="usd", from_seller=False, seller_minor=0, at=NOON,
)  # fmt: skip
PRICES = st.lists(st.tuples(st.integers(1, 10**7), st.integers(0, 100)), min_size=1, max_size=8)


def paid_lines(prices, *, refunded=0):
    """Lines whose seller got a percentage of the price."""
    return [
        LinePaid(number, 7, price, price, price * percent // 100, 0, refunded)
        for number, (price, percent) in enumerate(prices, start=1)
    ]


@given(PRICES, st.data())
def test_an_amount_spread_over_lines_keeps_its_sum_and_exceeds_no_line(prices, data):
    lines = paid_lines(prices)
    amount = data.draw(st.integers(1, sum(line.price_minor for line in lines)))

    parts = spread(amount, lines)

    assert sum(parts.values()) == amount
    assert all(0 <= parts[line.number] <= line.price_minor for line in lines)


@given(st.integers(1, 10**7), st.integers(0, 100), st.data())
def test_partial_refunds_never_exceed_and_end_exactly_at_the_whole_split(price, percent, data):
    line = paid_lines([(price, percent)])[0]
    borne = 0
    while line.left_minor:
        part = data.draw(st.integers(max(1, line.left_minor // 3), line.left_minor))
        fact = replace(REFUND, amount_minor=part, settled_minor=part)
        legs = refund_legs(fact, [line], {1: part})
        check_legs("refund", legs)
        borne += sum(leg.minor for leg in legs if leg.account == "A:seller_recv:7")
        line = replace(line, refunded_minor=line.refunded_minor + part)
        assert borne <= line.seller_minor

    assert borne == line.seller_minor


def test_what_was_taken_from_the_seller_with_the_refund_is_the_sellers_part():
    line = LinePaid(1, 7, 10_000, 10_000, 8_500, 0, 0)
    fact = replace(REFUND, from_seller=True, seller_minor=2_551)

    legs = refund_legs(fact, [line], {1: 3_000})

    assert {leg.account: leg.minor for leg in legs} == {
        "C:refund:ord_1": -3_000,
        "A:seller_recv:7": 2_551,
        "R:commission": 449,
    }


def test_a_refund_at_another_rate_costs_the_house_the_difference():
    line = LinePaid(1, 7, 9_000, 9_720, 8_262, 0, 0)
    fact = replace(REFUND, amount_minor=9_000, currency="eur", settled_minor=9_900)

    legs = refund_legs(fact, [line], {1: 9_000})

    assert {leg.account: leg.minor for leg in legs} == {
        "C:refund:ord_1": -9_900,
        "A:seller_recv:7": 8_262,
        "R:commission": 1_458,
        "X:fx_loss": 180,
    }


def test_a_cart_line_that_goes_back_returns_commission_and_the_fee_that_was_passed_on():
    lines = [
        LinePaid(1, 7, 6_000, 6_000, 4_908, 192, 0),
        LinePaid(2, 8, 2_500, 2_500, 2_170, 80, 0),
        LinePaid(3, 9, 1_499, 1_499, 1_151, 48, 0),
    ]
    fact = replace(REFUND, amount_minor=1_499, settled_minor=1_499)

    legs = refund_legs(fact, lines, {3: 1_499})

    assert {leg.account: leg.minor for leg in legs} == {
        "C:refund:ord_1": -1_499,
        "A:seller_recv:9": 1_151,
        "R:commission": 300,
        "X:stripe_fee": 48,
    }


@given(PRICES, st.data())
def test_sellers_never_bear_more_of_a_dispute_than_they_got(prices, data):
    lines = paid_lines(prices)
    amount = data.draw(st.integers(1, sum(line.price_minor for line in lines)))

    shares = disputed_shares(amount, lines, spread(amount, lines))

    assert 0 <= sum(shares.values()) <= amount
    assert sum(shares.values()) <= sum(line.seller_minor for line in lines) + len(lines)
