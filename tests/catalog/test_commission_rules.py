"""Which commission rule holds, and how much it is: pure, so it is tried with everything."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polidat.catalog import (
    CommissionKind,
    CommissionRule,
    CommissionTerms,
    Listing,
    RuleScope,
    commission,
    resolve,
)
from polidat.core import Money
from tests.conftest import NOON

STEPS = {"usd": 1, "jpy": 1, "kwd": 10}
LISTING = Listing(id=5, store_id=3, category=" Polls ")


def rule(scope="default", *, days=0, last=None, number=1, **given):
    begins = NOON + timedelta(days=days)
    ends = None if last is None else NOON + timedelta(days=last)
    target = {"store": {"store_id": 3}, "listing": {"listing_id": 5}, "category": {"category": "polls"}}
    values = {"kind": "sale", "bps": 1_000, "currency": "", "category": "", "version": 1} | target.get(scope, {})
    return CommissionRule(id=number, scope=scope, valid_from=begins, valid_to=ends, **(values | given))


@st.composite
def terms(draw):
    """Terms of a currency, in whole steps."""
    code = draw(st.sampled_from(sorted(STEPS)))
    step = STEPS[code]
    amounts = st.integers(0, 10_000).map(lambda each: each * step)
    least = draw(amounts)
    most = draw(st.none() | amounts.map(lambda each: each + least))
    return code, CommissionTerms(draw(st.integers(0, 5_000)), draw(amounts), least, most)


@given(terms(), st.integers(0, 10**9))
def test_a_commission_is_a_chargeable_part_within_its_limits(given_terms, units):
    code, agreed = given_terms
    price = Money(units * STEPS[code], code)

    taken = commission(price, agreed)

    assert 0 <= taken.minor <= price.minor
    assert taken.minor % STEPS[code] == 0
    assert taken.minor >= min(agreed.min_minor, price.minor)
    assert agreed.max_minor is None or taken.minor <= agreed.max_minor


@given(st.integers(0, 10**10), st.integers(0, 10_000), st.sampled_from(sorted(STEPS)))
def test_a_share_alone_is_rounded_to_the_nearest_unit(minor, bps, code):
    price = Money(minor - minor % 10, code)

    taken = commission(price, CommissionTerms(bps))

    assert abs(taken.minor - price.minor * bps / 10_000) <= (10 if code == "kwd" else 0.5)


@given(terms(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_larger_amount_never_gives_less(given_terms, one, other):
    code, agreed = given_terms
    less, more = (Money(each * STEPS[code], code) for each in sorted((one, other)))

    assert commission(less, agreed) <= commission(more, agreed)


@pytest.mark.parametrize(
    ("price", "agreed", "taken"),
    [
        (Money(10_000, "usd"), CommissionTerms(1_500), 1_500),
        (Money(1_999, "usd"), CommissionTerms(1_500), 300),
        (Money(50, "usd"), CommissionTerms(100), 1),  # half a cent goes away from zero
        (Money(5_120, "kwd"), CommissionTerms(1_500), 760),  # 768 is cut to a step
        (Money(1_999, "usd"), CommissionTerms(500, 30), 130),
        (Money(1_000, "usd"), CommissionTerms(500, 0, 99), 99),
        (Money(1_000_000, "usd"), CommissionTerms(1_000, 30, 0, 5_000), 5_000),
        (Money(150, "usd"), CommissionTerms(500, 0, 200), 150),  # never more than was paid
        (Money(0, "usd"), CommissionTerms(500, 30, 200), 0),
        (Money(1_000, "jpy"), CommissionTerms(250, 15), 40),
        (Money(5_120, "kwd"), CommissionTerms(1_000, 100, 700), 700),
    ],
)
def test_the_commissions_of_the_manual(price, agreed, taken):
    assert commission(price, agreed).minor == taken


RULES = st.builds(
    rule,
    st.sampled_from(list(RuleScope)),
    days=st.integers(-9, 9),
    last=st.none() | st.integers(10, 20),
    number=st.integers(1, 10**6),
    kind=st.sampled_from(["sale", "usage"]),
    currency=st.sampled_from(["", "usd", "eur"]),
    store_id=st.none(),
    listing_id=st.none(),
    category=st.just(""),
)


@given(st.lists(RULES, max_size=12))
def test_the_rule_that_holds_fits_and_none_that_fits_is_narrower(rules):
    for each in rules:
        match each.scope:
            case "store":
                each.store_id = 3 + each.id % 2
            case "listing":
                each.listing_id = 5 + each.id % 2
            case "category":
                each.category = ("polls", "votes")[each.id % 2]
    order = ["default", "category", "store", "listing"]

    found = resolve(rules, LISTING, CommissionKind.SALE, "usd", at=NOON)

    def fits(each):
        there = each.store_id in (None, 3) and each.listing_id in (None, 5) and each.category in ("", "polls")
        return there and each.kind == "sale" and each.currency in ("", "usd") and each.valid_from <= NOON

    fitting = [each for each in rules if fits(each)]
    assert (found is None) == (not fitting)
    if found is not None:
        assert found in fitting
        assert max(order.index(each.scope) for each in fitting) == order.index(found.scope)
        same = [each for each in fitting if (each.scope, each.currency) == (found.scope, found.currency)]
        assert max(each.valid_from for each in same) == found.valid_from


def test_a_rule_for_the_currency_goes_before_one_for_any():
    rules = [
        rule("store", number=1),
        rule("store", days=-5, number=2, currency="usd"),
        rule("store", number=3, currency="eur"),
    ]

    assert resolve(rules, LISTING, CommissionKind.SALE, "usd", at=NOON).id == 2
    assert resolve(rules, LISTING, CommissionKind.SALE, "gbp", at=NOON).id == 1


def test_a_rule_holds_from_its_first_moment_to_before_its_last():
    rules = [rule(number=1, days=-9), rule(number=2, days=0, last=1)]

    held = [resolve(rules, LISTING, CommissionKind.SALE, "usd", at=NOON + timedelta(days=n)).id for n in (-1, 0, 1)]

    assert held == [1, 2, 1]


def test_terms_say_what_they_are():
    assert CommissionTerms(1_250).shown("usd") == "12.5 %"
    assert CommissionTerms(500, 30, 50, 2_000).shown("usd") == ("5 % + 0.30 USD, at least 0.50 USD, at most 20.00 USD")
