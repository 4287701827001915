"""Rounding, splitting, reading and showing money."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polidat.core import Invalid, Money, currency, half_away, money_text, new_public_id, share, slug_of, split

WEIGHTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=8).filter(lambda weights: sum(weights) > 0)


@given(st.integers(-1_000_000, 1_000_000), WEIGHTS)
def test_a_split_keeps_the_sum_and_stays_within_one_unit(minor, weights):
    parts = split(minor, weights)

    assert sum(parts) == minor
    assert all(
        abs(part - Fraction(minor * weight, sum(weights))) < 1 for part, weight in zip(parts, weights, strict=True)
    )
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


def test_a_fee_of_3_20_splits_over_three_lines_as_in_the_worked_example():
    assert split(320, [6000, 2500, 1499]) == [192, 80, 48]
    assert split(100, [1, 1, 1]) == [34, 33, 33]


def test_halves_go_away_from_zero():
    assert half_away(Fraction(5, 2)) == 3
    assert half_away(Fraction(-5, 2)) == -3
    assert share(1999, 1500) == 300


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_weights_that_split_nothing_are_refused(weights):
    with pytest.raises(Invalid):
        split(100, weights)


def test_amounts_are_read_in_the_currency_s_decimals():
    assert Money.parse("19.00", "USD") == Money(1900, "usd")
    assert Money.parse("500", "jpy") == Money(500, "jpy")
    assert Money.parse("5.12", "kwd") == Money(5120, "kwd")


@pytest.mark.parametrize(
    ("text", "code"), [("1.999", "usd"), ("1.5", "jpy"), ("abc", "usd"), ("NaN", "usd"), ("1", "xyz")]
)
def test_what_is_no_amount_is_refused(text, code):
    with pytest.raises(Invalid):
        Money.parse(text, code)


def test_money_is_shown_and_added_in_one_currency():
    assert money_text(Money(123456, "usd")) == "1,234.56 USD"
    assert str(Money(500, "jpy")) == "500 JPY"
    assert Money(1, "usd") + Money(2, "usd") == Money(3, "usd")
    with pytest.raises(Invalid):
        Money(1, "usd") + Money(1, "eur")
    assert currency("KWD").charge_step == 10


def test_slugs_and_ids_are_plain():
    assert slug_of("  Wahl-Ergebnisse Österreich 2024! ") == "wahl-ergebnisse-osterreich-2024"
    assert slug_of("???") == "untitled"
    assert new_public_id("ord").startswith("ord_")
    assert new_public_id("ord") != new_public_id("ord")
