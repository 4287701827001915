"""What may become a transaction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polidat.core import Money
from polidat.ledger import Leg, NoAccountCode, Unbalanced, credit, debit
from polidat.ledger.rules import check_legs, content_hash

CODES = st.sampled_from(["A:stripe", "X:stripe_fee", "C:order:ord_1", "L:seller:7", "R:commission"])
LEGS = st.lists(
    st.builds(Leg, CODES, st.integers(-(10**9), 10**9).filter(bool), st.sampled_from(["usd", "jpy", "kwd"])), max_size=8
)


def test_a_debit_is_positive_and_a_credit_negative():
    amount = Money(9_680, "usd")

    assert debit("A:stripe", amount, bt_id="txn_1") == Leg("A:stripe", 9_680, "usd", "txn_1")
    assert credit("C:order:o1", amount) == Leg("C:order:o1", -9_680, "usd")


@given(LEGS)
def test_legs_pass_exactly_when_every_currency_sums_to_zero(legs):
    sums = {leg.currency: sum(each.minor for each in legs if each.currency == leg.currency) for leg in legs}

    if len(legs) >= 2 and not any(sums.values()):
        check_legs("k", legs)
    else:
        with pytest.raises(Unbalanced):
            check_legs("k", legs)


@given(LEGS)
def test_any_legs_become_sound_with_their_counterpart_per_currency(legs):
    if legs:
        check_legs("k", [*legs, *(Leg("C:suspense", -leg.minor, leg.currency) for leg in legs)])


@pytest.mark.parametrize("code", ["stripe", "A:", "Z:x", "A:stripe:", "L:seller:a b", "L:seller:1:2", "A:stripe\n"])
def test_an_account_outside_of_the_chart_is_refused(code):
    with pytest.raises(NoAccountCode):
        check_legs("k", [Leg(code, 1, "usd"), Leg("A:stripe", -1, "usd")])


@given(LEGS, st.randoms())
def test_the_hash_knows_the_content_and_not_the_order(legs, shuffler):
    shuffled = list(legs)
    shuffler.shuffle(shuffled)

    assert content_hash("sale", legs) == content_hash("sale", shuffled)
    assert content_hash("sale", legs) != content_hash("refund", legs)
    assert content_hash("sale", legs) != content_hash("sale", [*legs, Leg("A:stripe", 1, "usd")])
