"""The books and Stripe are compared movement by movement, and what does not agree is kept until it is settled."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import insert

from polidat.core import Invalid
from polidat.ledger import Leg, Refs, post
from polidat.payments import (
    differences_csv,
    open_differences,
    open_discrepancies,
    reconcile,
    refresh_mirror,
    settle_discrepancy,
    take_difference,
)
from polidat.payments.mirrored import BalanceTransaction
from polidat.people import register
from tests.conftest import NOON
from tests.payments.world import World, now

DAY = timedelta(days=1)


def theirs(session, bt_id, net, *, fee=0, currency="usd", category="charge", source=None, at=NOON):
    row = {"id": bt_id, "kind": category, "category": category, "source": source, "currency": currency}
    amounts = {"amount_minor": net + fee, "fee_minor": fee, "net_minor": net}
    when = {"created_at": at, "available_at": at, "status": "available"}
    session.execute(insert(BalanceTransaction).values(**row, **amounts, **when))


def ours(session, key, net, *, fee=0, currency="usd", bt_id=None, source=None, at=NOON):
    legs = [Leg("A:stripe", net, currency, bt_id), Leg("C:order:o1", -net - fee, currency)]
    if fee:
        legs.append(Leg("X:stripe_fee", fee, currency))
    return post(session, key, "charge", legs, occurred_at=at, refs=Refs(stripe_object=source))


def compare(session, at=NOON + DAY):
    return reconcile(session, since=NOON - DAY, until=NOON + 2 * DAY, now=at)


@pytest.fixture
def seeded(session):
    """One of each of the nine categories."""
    late = NOON + DAY - timedelta(minutes=30)
    theirs(session, "bt_match", 100, fee=5)
    ours(session, "match", 100, fee=5, bt_id="bt_match")
    theirs(session, "bt_source", 200, source="ch_2")
    ours(session, "source", 200, source="ch_2")
    theirs(session, "bt_amount", 300)
    ours(session, "amount", 301, bt_id="bt_amount")
    theirs(session, "bt_fee", 400, fee=12)
    ours(session, "fee", 400, fee=11, bt_id="bt_fee")
    theirs(session, "bt_currency", 500)
    ours(session, "currency", 500, currency="eur", bt_id="bt_currency")
    theirs(session, "bt_missing", 600)
    ours(session, "missing_there", 700, bt_id="bt_nowhere")
    theirs(session, "bt_young", 800, at=late)
    ours(session, "young", 900, bt_id="bt_later", at=late)
    theirs(session, "bt_strange", 77, category="other_adjustment")
    return session


def test_each_category_is_told_and_explains_the_difference(seeded):
    found = compare(seeded)

    assert found.counts == dict.fromkeys(
        (
            "matched", "linked_by_source", "amount_mismatch", "fee_mismatch", "currency_mismatch", "missing_here",
            "missing_there", "timing_here", "timing_there", "unknown_type",
        ),
        1,
    )  # fmt: skip
    assert found.explained
    assert not found.is_clean
    assert found.difference("usd").minor == (300 - 301) + 500 + 600 - 700 + 800 - 900 + 77
    assert found.difference("eur").minor == -500


def test_what_does_not_agree_is_noted_once_and_timing_is_not(seeded):
    for _ in range(2):
        compare(seeded)

    assert sorted(each.category for each in open_discrepancies(seeded)) == [
        "amount_mismatch",
        "currency_mismatch",
        "fee_mismatch",
        "missing_here",
        "missing_there",
        "unknown_type",
    ]


def test_what_agrees_again_is_closed_by_itself(seeded):
    compare(seeded)
    ours(seeded, "found", 600, bt_id="bt_missing")

    compare(seeded)

    assert "missing_here" not in {each.category for each in open_discrepancies(seeded)}


def test_settling_needs_a_reason_and_books_what_was_missing(seeded):
    compare(seeded)
    operator = register(seeded, "operator@example.org", now=NOON)
    missing = next(each for each in open_discrepancies(seeded) if each.category == "missing_here")
    with pytest.raises(Invalid, match="Say what you found"):
        settle_discrepancy(seeded, missing.id, note=" ", by=operator.id, now=NOON)

    settle_discrepancy(seeded, missing.id, note="A fee of Stripe's", by=operator.id, now=NOON)

    with pytest.raises(Invalid, match="settled already"):
        settle_discrepancy(seeded, missing.id, note="again", by=operator.id, now=NOON)
    found = compare(seeded)
    assert found.counts["matched"] == 2
    assert "missing_here" not in found.counts


def test_a_young_movement_becomes_a_missing_one(seeded):
    found = compare(seeded, at=NOON + 2 * DAY)

    assert found.counts["missing_here"] == 2
    assert found.counts["missing_there"] == 2
    assert "timing_here" not in found.counts


def test_days_without_movements_are_clean(session):
    found = compare(session)

    assert (found.counts, found.is_clean) == ({}, True)


def test_sales_refunds_and_disputes_are_clean_against_the_sandbox(world: World):
    buyer, seller = world.person("buyer"), world.seller()
    for number in (1, 2):
        order = world.bought(buyer, world.listing(seller, title=f"Polls {number}"), key=f"click-{number}")
    world.settle("charge.succeeded")
    world.receive(world.deliveries())
    world.work()
    world.refund(seller, order)
    world.work()

    refresh_mirror(world.database, world.gateway, since=now() - DAY)
    with world.database.unit_of_work() as session:
        found = reconcile(session, since=now() - DAY, until=now() + DAY, now=now() + DAY)

    assert found.is_clean
    assert found.counts == {"matched": 3 + 3 + 3}


def test_one_leg_does_not_answer_for_two_movements_of_the_same_source(session):
    theirs(session, "bt_first", 200, source="ch_2")
    theirs(session, "bt_second", 200, source="ch_2")
    ours(session, "only", 200, source="ch_2")

    found = compare(session)

    assert found.counts == {"linked_by_source": 1, "missing_here": 1}
    assert found.explained
    assert found.difference("usd").minor == 200
    assert not found.is_clean


def test_as_many_equal_legs_as_movements_are_all_linked(session):
    for number in (1, 2):
        theirs(session, f"bt_{number}", 200, source="ch_2")
        ours(session, f"leg_{number}", 200, source="ch_2")

    found = compare(session)

    assert found.counts == {"linked_by_source": 2}
    assert found.is_clean


def test_a_difference_has_an_age_an_owner_and_a_line_of_csv(seeded):
    compare(seeded)
    operator = register(seeded, "operator@example.org", now=NOON)
    first = open_differences(seeded, now=NOON + 9 * DAY)[0]
    assert (first.age_days, first.owner) == (9, "")

    take_difference(seeded, first.row.id, by=operator.id)

    found = open_differences(seeded, now=NOON + 10 * DAY)
    assert [each.owner for each in found if each.row.id == first.row.id] == ["operator@example.org"]
    rows = {each["movement"]: each for each in csv.DictReader(io.StringIO(differences_csv(found)))}
    wrong, lacking = rows["bt_amount"], rows["bt_missing"]
    assert (wrong["at_stripe"], wrong["in_the_books"], wrong["difference"]) == ("3.00", "3.01", "-0.01")
    assert (lacking["at_stripe"], lacking["in_the_books"], lacking["difference"]) == ("6.00", "", "6.00")
    assert {each["age_days"] for each in rows.values()} == {"10"}
    assert wrong["moved_at"] == "2026-11-20T12:00:00Z"


def test_a_settled_difference_has_no_owner_any_more_to_give(seeded):
    compare(seeded)
    operator = register(seeded, "operator@example.org", now=NOON)
    first = open_discrepancies(seeded)[0]
    settle_discrepancy(seeded, first.id, note="Found.", by=operator.id, now=NOON)

    for missing in (first.id, 10**9):
        with pytest.raises(Invalid, match="settled already"):
            take_difference(seeded, missing, by=operator.id)
