"""What sellers are owed is what waits for them, and no clearing account keeps money for days."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from polidat.ledger import Leg, balance_of, open_clearings, post
from polidat.orders import pay_usage, usage_unplanned
from polidat.payments import (
    Transfer,
    note_open_clearings,
    note_payables,
    open_discrepancies,
    payables,
    settle_discrepancy,
)
from polidat.people import register
from tests.conftest import NOON
from tests.payments.world import World, now
from tests.simulation.test_matrix_wallet import paid_in, use

DAY = timedelta(days=1)


def owed(session, seller, minor, key="sale"):
    legs = [Leg("C:order:o1", minor, "usd"), Leg(f"L:seller:{seller}", -minor, "usd")]
    post(session, key, "sale", legs, occurred_at=NOON)


def waits(session, seller, minor, state="planned"):
    row = Transfer(public_id=f"tra_{minor}_{state}", subject="o1", seller_id=seller, amount_minor=minor, currency="usd")
    row.state, row.planned_at = state, NOON
    session.add(row)
    session.flush()


@pytest.fixture
def seller(session):
    return register(session, "seller@example.org", now=NOON).id


@pytest.mark.parametrize("state", ["planned", "blocked", "short", "failed"])
def test_what_is_owed_is_what_waits_whatever_it_waits_for(session, seller, state):
    owed(session, seller, 800)
    waits(session, seller, 500, state)
    waits(session, seller, 99, "created")

    (found,) = payables(session, unplanned={(seller, "usd"): 300})

    assert (found.owed_minor, found.waiting_minor, found.unplanned_minor, found.agrees) == (800, 500, 300, True)
    assert note_payables(session, [found], now=NOON) == 0


def test_a_seller_who_is_owed_more_than_waits_is_told_and_repaired_by_a_posting(session, seller):
    owed(session, seller, 800)
    waits(session, seller, 500)
    operator = register(session, "operator@example.org", now=NOON)

    assert note_payables(session, payables(session, unplanned={}), now=NOON) == 1
    (row,) = open_discrepancies(session)
    assert (row.category, row.about, row.theirs_minor, row.ours_minor) == (
        "payable_mismatch", f"L:seller:{seller}", 500, 800,
    )  # fmt: skip
    settle_discrepancy(session, row.id, note="Twice.", by=operator.id, now=NOON, against="C:suspense")

    assert balance_of(session, f"L:seller:{seller}", "usd") == -500
    assert balance_of(session, "C:suspense", "usd") == -300
    assert note_payables(session, payables(session, unplanned={}), now=NOON) == 0


def test_what_waits_for_nobody_who_is_owed_is_told(session, seller):
    waits(session, seller, 500)

    (found,) = payables(session, unplanned={(seller + 1, "eur"): 0})

    assert (found.seller, found.owed_minor, found.agrees) == (str(seller), 0, False)


def later(session, hours):
    return session.scalar(text("select clock_timestamp()")) + timedelta(hours=hours)


def test_a_clearing_account_is_told_after_a_day_and_closed_when_it_is_empty(session, seller):
    owed(session, seller, 800)
    assert note_open_clearings(session, now=later(session, 23)) == 0
    assert note_open_clearings(session, now=later(session, 25)) == 1
    (row,) = open_discrepancies(session)
    assert (row.category, row.about, row.ours_minor) == ("clearing_open", "C:order:o1", 800)

    legs = [Leg("A:stripe", 800, "usd"), Leg("C:order:o1", -800, "usd")]
    post(session, "paid", "charge", legs, occurred_at=NOON)

    assert note_open_clearings(session, now=later(session, 25)) == 0
    assert open_discrepancies(session) == []


def test_a_clearing_account_that_was_empty_meanwhile_is_as_old_as_what_is_on_it_now(session, seller):
    owed(session, seller, 800)
    post(session, "p", "charge", [Leg("A:stripe", 800, "usd"), Leg("C:order:o1", -800, "usd")], occurred_at=NOON)
    between = session.scalar(text("select clock_timestamp()"))
    owed(session, seller, 300, key="again")

    assert open_clearings(session, before=between) == []
    (found,) = open_clearings(session, before=later(session, 1))
    assert (found.minor, found.since > between) == (300, True)


def test_the_rest_of_a_clearing_account_is_moved_where_the_operator_says(session, seller):
    owed(session, seller, 800)
    operator = register(session, "operator@example.org", now=NOON)
    note_open_clearings(session, now=later(session, 25))
    (row,) = open_discrepancies(session)

    settle_discrepancy(session, row.id, note="Lost.", by=operator.id, now=NOON, against="X:fx_loss")

    assert balance_of(session, "C:order:o1", "usd") == 0
    assert balance_of(session, "X:fx_loss", "usd") == 800
    assert session.scalar(text("select kind from ledger_txn order by id desc limit 1")) == "repair"


def test_what_uses_have_earned_agrees_before_and_after_it_is_planned(world: World):
    buyer, seller = world.person("buyer"), world.seller()
    listing = world.listing(seller)
    paid_in(world, buyer)
    use(world, buyer, seller, listing, 2_000_000_000)

    def agreeing():
        with world.database.snapshot() as session:
            return [
                (each.unplanned_minor > 0, each.agrees)
                for each in payables(session, unplanned=usage_unplanned(session))
            ]

    assert agreeing() == [(True, True)]
    with world.database.unit_of_work() as session:
        pay_usage(session, now=now())
    assert agreeing() == [(False, True)]
    world.work()
    assert agreeing() == []
