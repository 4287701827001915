"""Postings: once each, whatever happens around them."""

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from polidat.core import Money
from polidat.ledger import (
    AccountSum,
    KeyReused,
    Leg,
    Refs,
    Statement,
    Unbalanced,
    balance_of,
    drifted_balances,
    post,
    seller_owed,
    statement,
    trial_balance,
)
from tests.conftest import NOON

SALE = [Leg("A:stripe", 9_680, "usd", "txn_1"), Leg("X:stripe_fee", 320, "usd"), Leg("C:order:o1", -10_000, "usd")]
ALLOCATED = [Leg("C:order:o1", 10_000, "usd"), Leg("L:seller:7", -8_500, "usd"), Leg("R:commission", -1_500, "usd")]


def test_a_sale_can_be_read_back_to_the_cent(session):
    refs = Refs(stripe_object="ch_1", order_ref="o1", meta={"why": "test"})
    first = post(session, "bt:txn_1", "charge", SALE, occurred_at=NOON, refs=refs)
    post(session, "alloc:o1:1", "sale", ALLOCATED, occurred_at=NOON, refs=Refs(order_ref="o1", reverses=first))

    assert balance_of(session, "A:stripe", "usd") == 9_680
    assert seller_owed(session, 7) == [Money(8_500, "usd")]
    assert trial_balance(session) == [
        AccountSum("A:stripe", "usd", 9_680),
        AccountSum("C:order:o1", "usd", 0),
        AccountSum("L:seller:7", "usd", -8_500),
        AccountSum("R:commission", "usd", -1_500),
        AccountSum("X:stripe_fee", "usd", 320),
    ]
    lines = statement(session, "C:order:o1", "usd").lines
    assert [(line.kind, line.minor, line.balance_minor) for line in lines] == [
        ("charge", -10_000, -10_000),
        ("sale", 10_000, 0),
    ]
    assert (lines[0].order_ref, lines[0].stripe_object, lines[0].occurred_at) == ("o1", "ch_1", NOON)
    assert drifted_balances(session) == []


def test_an_account_that_never_moved_is_at_zero(session):
    assert balance_of(session, "L:seller:404", "usd") == 0
    assert seller_owed(session, 404) == []
    assert statement(session, "L:seller:404", "usd") == Statement(0, 0, 0, [])


def test_a_posting_is_one_round_trip(session):
    said = []
    session.connection()
    event.listen(session.bind, "before_cursor_execute", lambda *call: said.append(call[2]))

    post(session, "bt:txn_1", "charge", SALE, occurred_at=NOON)

    assert len(said) == 1


def test_the_same_key_with_the_same_legs_is_written_once(session):
    first = post(session, "bt:txn_1", "charge", SALE, occurred_at=NOON)
    again = post(session, "bt:txn_1", "charge", list(reversed(SALE)), occurred_at=NOON)

    assert again == first
    assert balance_of(session, "A:stripe", "usd") == 9_680


def test_the_same_key_with_other_legs_is_refused(session):
    post(session, "bt:txn_1", "charge", SALE, occurred_at=NOON)

    with pytest.raises(KeyReused):
        post(session, "bt:txn_1", "charge", ALLOCATED, occurred_at=NOON)


def test_unbalanced_legs_do_not_reach_the_database(session):
    with pytest.raises(Unbalanced):
        post(session, "bad", "charge", SALE[:2], occurred_at=NOON)

    assert session.scalar(text("select count(*) from ledger_txn")) == 0


def test_many_writers_of_the_same_facts_write_each_once(new_database):
    database = new_database()
    ids = [set() for _ in range(20)]

    def write(number):
        for fact in range(20):
            turn = (fact + number * 3) % 20
            legs = [Leg("A:stripe", turn + 1, "usd", f"txn_{turn}"), Leg(f"C:order:{turn}", -turn - 1, "usd")]
            with database.unit_of_work() as session:
                ids[turn].add(post(session, f"bt:{turn}", "charge", legs, occurred_at=NOON))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [len(each) for each in ids] == [1] * 20
    with database.reading() as session:
        assert balance_of(session, "A:stripe", "usd") == sum(range(1, 21))
        assert session.scalar(text("select count(*) from ledger_account where code = 'A:stripe'")) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["A:stripe", "L:seller:1", "R:commission"]), st.integers(1, 10**12)),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["usd", "jpy", "kwd"]),
)
def test_whatever_is_posted_the_books_add_up_to_zero(session, moves, currency):
    key = str(session.scalar(text("select count(*) from ledger_txn")))
    legs = [Leg(code, minor, currency) for code, minor in moves]
    legs.append(Leg("C:suspense", -sum(minor for _, minor in moves), currency))

    post(session, key, "any", legs, occurred_at=NOON)

    assert sum(line.minor for line in trial_balance(session) if line.currency == currency) == 0
    assert drifted_balances(session) == []
