"""The books and Stripe are compared movement by movement, and what does not agree is kept until it is settled."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from polidat.core import Invalid
from polidat.ledger import Leg, Refs, balance_of, post
from polidat.payments import (
    Difference,
    check_balance,
    differences_csv,
    note_differences,
    open_differences,
    open_discrepancies,
    reconcile,
    refresh_mirror,
    settle_discrepancy,
    take_difference,
)
from polidat.payments.facts import PlatformBalance
from polidat.payments.mirrored import BalanceTransaction
from polidat.payments.reconcile import WRONG, _reported
from polidat.payments.reconcile import compare as compared
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


def test_what_was_there_and_what_moved_come_to_what_there_is_on_both_sides(seeded):
    theirs(seeded, "bt_before", 1000, at=NOON - 3 * DAY)
    ours(seeded, "before", 1000, bt_id="bt_before", at=NOON - 3 * DAY)

    found = compare(seeded)

    amounts = {
        (each.side, each.currency): (each.opening_minor, each.moved_minor, each.closing_minor)
        for each in found.identities
    }
    assert amounts[("Stripe", "usd")] == (1000, 2977, 3977)
    assert amounts[("books", "usd")] == (1000, 2601, 3601)
    assert amounts[("books", "eur")] == (0, 500, 500)
    assert found.categories["missing_here", "usd"] == 600
    assert found.categories["missing_there", "usd"] == -700
    assert found.categories["currency_mismatch", "eur"] == -500
    assert sum(minor for (_, code), minor in found.categories.items() if code == "usd") == 2977 - 2601
    assert found.faults == []


def test_a_report_that_counts_a_movement_twice_says_that_it_is_wrong(session):
    theirs(session, "bt_twice", 500)
    ours(session, "twice", 500, bt_id="bt_twice")
    between = {"since": NOON - DAY, "until": NOON + 2 * DAY}
    compared(session, **between, now=NOON + DAY)
    session.execute(text("INSERT INTO reconciled SELECT * FROM reconciled"))

    found = _reported(session, **between)

    assert not found.explained
    assert not found.is_clean
    assert "Stripe: 0.00 USD before and 10.00 USD moved do not come to 5.00 USD." in found.faults


def in_currencies(session, bt_id: str | None, **minors: int) -> int:
    """A posting that mirrors one movement in several currencies at once."""
    legs = [Leg("A:stripe", minor, code, bt_id) for code, minor in minors.items()]
    legs += [Leg("C:order:o1", -minor, code) for code, minor in minors.items()]
    return post(session, f"both:{bt_id}", "charge", legs, occurred_at=NOON)


@pytest.mark.parametrize(
    ("minors", "counts"),
    [
        ({"usd": 500, "eur": 450}, {"matched": 1, "missing_there": 1}),
        ({"usd": 499, "eur": 450}, {"amount_mismatch": 1, "missing_there": 1}),
        ({"gbp": 400, "eur": 450}, {"currency_mismatch": 1, "missing_there": 1}),
        ({"gbp": 400, "eur": 450, "jpy": 9}, {"currency_mismatch": 1, "missing_there": 2}),
    ],
)
def test_a_movement_mirrored_in_several_currencies_counts_once_and_can_be_repaired(session, minors, counts):
    theirs(session, "bt_both", 500)
    in_currencies(session, "bt_both", **minors)

    found = compare(session)

    assert found.faults == []
    assert found.counts == counts
    operator = register(session, "operator@example.org", now=NOON)
    for each in open_discrepancies(session):
        settle_discrepancy(session, each.id, note="Booked twice.", by=operator.id, now=NOON)
    repaired = compare(session)
    assert (repaired.is_clean, repaired.counts) == (True, {"matched": 1})
    assert open_discrepancies(session) == []


def test_a_posting_in_several_currencies_without_any_movement_is_noted_leg_by_leg(session):
    in_currencies(session, "bt_nowhere", usd=500, eur=450)
    in_currencies(session, None, usd=70, eur=60)

    found = compare(session)

    assert (found.faults, found.counts) == ([], {"missing_there": 4})
    assert len({each.key for each in open_discrepancies(session)}) == 4


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


def test_settling_everything_repairs_the_books_by_postings_of_their_own(seeded):
    compare(seeded)
    operator = register(seeded, "operator@example.org", now=NOON)
    written = seeded.execute(text("select count(*) from ledger_entry")).scalar_one()
    for each in open_discrepancies(seeded):
        settle_discrepancy(seeded, each.id, note="Looked up.", by=operator.id, now=NOON)
        assert each.repair_id is not None

    found = compare(seeded)

    assert found.is_clean
    assert found.counts == {"matched": 6, "linked_by_source": 1, "timing_here": 1, "timing_there": 1}
    assert open_discrepancies(seeded) == []
    kinds = seeded.execute(text("select kind, count(*) from ledger_txn group by 1")).all()
    assert dict(map(tuple, kinds)) == {"charge": 7, "repair": 4, "unexplained": 2}
    assert seeded.execute(text("select count(*) from ledger_entry")).scalar_one() == written + 4 + 10
    suspense = {code: balance_of(seeded, "C:suspense", code) for code in ("usd", "eur")}
    assert suspense == {"usd": -(300 - 301) - 1 - 500 - 600 + 700 - 77, "eur": 500}


def test_what_went_away_and_came_back_is_open_again_and_what_was_settled_stays(session):
    theirs(session, "bt_gone", 100)
    compare(session)
    window = {"since": NOON + DAY, "until": NOON + 2 * DAY, "now": NOON + DAY}
    reconcile(session, **window)
    assert len(open_discrepancies(session)) == 1, "another window says nothing about it"
    note_differences(session, [], of=WRONG, now=NOON)
    assert open_discrepancies(session) == []

    compare(session)

    (back,) = open_discrepancies(session)
    operator = register(session, "operator@example.org", now=NOON)
    wrong = Difference("balance:usd", "balance_mismatch", "usd", 5, 3, NOON)
    note_differences(session, [wrong], of=("balance_mismatch",), now=NOON)
    balance = next(each for each in open_discrepancies(session) if each.id != back.id)
    settle_discrepancy(session, balance.id, note="Known.", by=operator.id, now=NOON)

    note_differences(session, [wrong], of=("balance_mismatch",), now=NOON)
    assert [each.id for each in open_discrepancies(session)] == [back.id]
    note_differences(session, [replace(wrong, ours_minor=2)], of=("balance_mismatch",), now=NOON)
    assert len(open_discrepancies(session)) == 2


def test_a_repair_touches_no_account_but_those_it_may(seeded):
    compare(seeded)
    operator = register(seeded, "operator@example.org", now=NOON)

    with pytest.raises(Invalid, match="A repair goes to one of C:suspense"):
        settle_discrepancy(
            seeded, open_discrepancies(seeded)[0].id, note="x", by=operator.id, now=NOON, against="L:seller:1"
        )


def test_stripes_balance_is_that_of_the_books_and_a_missing_leg_is_told(world: World):
    buyer, seller = world.person("buyer"), world.seller()
    world.bought(buyer, world.listing(seller))
    world.settle("charge.succeeded")

    def checked():
        return check_balance(world.database, world.gateway, since=now() - DAY, now=now() + DAY)

    (line,) = checked()
    assert (line.stripe.minor, line.mirrored_minor, line.books_minor, line.agrees) == (1_180, 1_180, 1_180, True)
    with world.database.unit_of_work() as session:
        post(session, "x", "x", [Leg("A:stripe", 5, "usd"), Leg("C:suspense", -5, "usd")], occurred_at=now())

    (line,) = checked()
    assert not line.agrees
    assert world.rows("select category, theirs_minor, ours_minor, state from discrepancy") == [
        ("balance_mismatch", 1_180, 1_185, "open")
    ]
    (young,) = check_balance(world.database, world.gateway, since=now() - DAY, now=now())
    assert young.agrees, "what is younger than two hours is not judged"
    assert world.rows("select state from discrepancy") == [("gone",)]


def test_a_balance_that_moves_each_time_is_not_judged(world: World):
    class Restless(type(world.gateway)):
        asked = 0

        def platform_balance(self):
            self.asked += 1
            return [PlatformBalance("usd", self.asked, 0, 0)]

    restless = Restless("sk_test_sim", base_url=world.sandbox.url)

    assert check_balance(world.database, restless, since=now() - DAY, now=now()) is None
    assert world.rows("select count(*) from discrepancy") == [(0,)]


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
