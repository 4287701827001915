"""Fraud rules see what they should, act only when they may, and people decide."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from polidat.access import GrantState, grants_of, holds_on
from polidat.catalog import Interval, PlanOffer, set_plans
from polidat.core import Conflict, Invalid, Money, NotAllowed
from polidat.events import audit_entries
from polidat.orders import (
    CheckoutLocked,
    NoSuchFinding,
    OwnListing,
    RuleMode,
    RuleValues,
    Unit,
    change_rule,
    decide_finding,
    find_fraud,
    fraud_rules,
    in_words,
    numbers_of,
    open_findings,
    rule_versions,
    set_rule_mode,
    subscribe,
    values_of,
    would_have_caught,
)
from polidat.orders.fraud_rules import bursts, is_price_outlier, is_share_over, normal_address
from polidat.payments import sync_subject
from polidat.people import register
from tests.conftest import NOON
from tests.payments.world import DECLINED, RETURN_URL, World, now


@pytest.fixture
def operator(world: World):
    return world.operator()


def switch(world: World, operator, code: str, mode: RuleMode, threshold: int | None = None) -> None:
    with world.database.unit_of_work() as session:
        rule = set_rule_mode(session, operator, code, mode)
        if threshold is not None:
            rule.threshold = threshold


def found(world: World, operator) -> list[tuple[str, str]]:
    with world.database.reading() as session:
        return sorted((each.rule_code, each.mode) for each in open_findings(session, operator))


def bought(world: World, buyer, seller, number: int):
    order = world.bought(buyer, world.listing(seller, title=f"Data {number}"), key=f"k{number}")
    sync_subject(world.database, world.gateway, order.public_id, now=now())
    return order


@pytest.mark.parametrize(("mode", "state"), [("shadow", GrantState.ACTIVE), ("active", GrantState.SUSPENDED)])
def test_a_buyer_who_pays_very_often_is_held_only_by_an_active_rule(world: World, operator, mode, state):
    switch(world, operator, "F1", RuleMode(mode), threshold=2)
    switch(world, operator, "F7", RuleMode.OFF)
    buyer, seller = world.person("buyer"), world.seller()
    for number in range(2):
        bought(world, buyer, seller, number)
    assert found(world, operator) == [("F1", mode)]
    with world.database.reading() as session:
        newest = grants_of(session, buyer)[0]
        (finding,) = open_findings(session, operator)
    assert (newest.state, finding.inputs) == (state, {"paid": 2})

    with world.database.unit_of_work() as session:
        decide_finding(session, operator, finding.id, fraud=False, now=now())
    with world.database.reading() as session:
        assert grants_of(session, buyer)[0].state == GrantState.ACTIVE
    with world.database.unit_of_work() as session, pytest.raises(Conflict):
        decide_finding(session, operator, finding.id, fraud=True, now=now())


def test_what_was_fraud_ends(world: World, operator):
    switch(world, operator, "F1", RuleMode.ACTIVE, threshold=1)
    switch(world, operator, "F7", RuleMode.OFF)
    buyer = world.person("buyer")
    bought(world, buyer, world.seller(), 1)
    with world.database.unit_of_work() as session:
        (finding,) = open_findings(session, operator)
        decide_finding(session, operator, finding.id, fraud=True, now=now())
    with world.database.reading() as session:
        assert grants_of(session, buyer)[0].state == GrantState.REVOKED
        assert list(open_findings(session, operator)) == []


def test_many_declined_cards_lock_the_checkout_for_an_hour(world: World, operator):
    switch(world, operator, "F2", RuleMode.ACTIVE, threshold=2)
    buyer, seller = world.person("buyer"), world.seller()
    order = world.order(buyer, world.listing(seller))
    page = world.open_page(world.link(buyer, order))
    for card in (DECLINED, "4000000000000069"):
        world.pay(page, card)
        sync_subject(world.database, world.gateway, order.public_id, now=now())
    assert found(world, operator) == [("F2", "active")]
    with pytest.raises(CheckoutLocked, match="in an hour"):
        world.link(buyer, order)
    with world.database.unit_of_work() as session:
        decide_finding(session, operator, open_findings(session, operator)[0].id, fraud=False, now=now())
    assert world.link(buyer, order)


@pytest.mark.parametrize("address", ["seller+x@example.org", "SELLER@example.org"])
def test_nobody_buys_from_themselves_under_another_address(world: World, operator, address):
    seller = world.seller()
    listing = world.listing(seller)
    with world.database.unit_of_work() as session:
        buyer = register(session, address, now=now())
    with pytest.raises(OwnListing):
        world.order(buyer, listing)
    assert world.rows("select count(*) from customer_order") == [(0,)]
    if buyer.id != seller.id:
        with pytest.raises(OwnListing):
            world.order(buyer, listing, key="click-2")
        assert found(world, operator) == [("F4", "active")]
        switch(world, operator, "F4", RuleMode.SHADOW)
        other = world.listing(seller, title="Other")
        world.order(buyer, other)
        assert found(world, operator) == [("F4", "active"), ("F4", "shadow")]


def test_nobody_subscribes_to_themselves_either(world: World, operator):
    seller = world.seller()
    listing = world.listing(seller)
    with world.database.unit_of_work() as session:
        set_plans(session, seller, listing.id, {Interval.MONTH: PlanOffer(Money(900, "usd"))})
        buyer = register(session, "seller+x@example.org", now=now())
    with pytest.raises(OwnListing):
        subscribe(
            world.database, world.gateway, buyer, listing.id, Interval.MONTH,
            key="click-1", return_url=RETURN_URL, now=now(),
        )  # fmt: skip
    assert found(world, operator) == [("F4", "active")]
    assert world.rows("select count(*) from subscription") == [(0,)]


def test_what_many_orders_say_is_found_at_night_once(world: World, operator):
    for code in ("F1", "F7"):
        switch(world, operator, code, RuleMode.OFF)
    switch(world, operator, "F9", RuleMode.SHADOW)
    buyer, seller = world.person("buyer"), world.seller()
    orders = [bought(world, buyer, seller, number) for number in range(5)]
    for order in orders[:3]:
        world.refund(seller, order)
    world.work()
    with world.database.unit_of_work() as session:
        assert find_fraud(session, now=now() + timedelta(minutes=1)) == 2
        assert find_fraud(session, now=now() + timedelta(minutes=2)) == 0
    assert found(world, operator) == [("F5", "shadow"), ("F8", "shadow")]


def test_only_operators_decide(world: World, operator):
    buyer = world.person("buyer")
    with world.database.reading() as session:
        assert [each.code for each in fraud_rules(session, operator)][:2] == ["F1", "F2"]
        with pytest.raises(NotAllowed):
            open_findings(session, buyer)
    with world.database.unit_of_work() as session, pytest.raises(NotAllowed):
        set_rule_mode(session, buyer, "F1", RuleMode.OFF)
    with world.database.unit_of_work() as session, pytest.raises(NoSuchFinding):
        decide_finding(session, operator, 99, fraud=True, now=now())
    with world.database.unit_of_work() as session, pytest.raises(NoSuchFinding):
        set_rule_mode(session, operator, "F99", RuleMode.OFF)


@pytest.mark.parametrize(
    ("email", "box"),
    [("A.B+c@GMail.com", "ab@gmail.com"), ("ab@googlemail.com", "ab@gmail.com"), ("a.b@x.org", "a.b@x.org")],
)
def test_addresses_of_one_mailbox_are_one(email, box):
    assert normal_address(email) == box
    assert normal_address(box) == box


@given(st.integers(0, 60), st.integers(1, 60))
def test_a_share_speaks_only_of_enough(part, whole):
    assert not is_share_over(part, min(whole, 4), per_mille=1, whole_min=5, part_min=1)
    assert is_share_over(part, whole, per_mille=500, whole_min=1, part_min=1) == (part >= 1 and 2 * part > whole)


def test_a_price_far_from_its_kind_stands_out():
    usual = [900, 1_000, 1_100, 1_200, 1_000, 950, 1_050, 1_150]
    assert is_price_outlier(90_000, usual, deviations=4, others_min=8)
    assert is_price_outlier(10, usual, deviations=4, others_min=8)
    assert not is_price_outlier(1_300, usual, deviations=4, others_min=8)
    assert not is_price_outlier(90_000, usual[:7], deviations=4, others_min=8)


def held_order(world: World, operator):
    """A dear order that a fraud rule holds, and its charge."""
    switch(world, operator, "F1", RuleMode.ACTIVE, threshold=1)
    switch(world, operator, "F7", RuleMode.OFF)
    buyer, seller = world.person("buyer"), world.seller()
    order = world.bought(buyer, world.listing(seller, 100_000))
    world.settle("charge.succeeded")
    (charge,) = world.sandbox.client().v1.charges.list().data
    return buyer, order, charge.id


def access(world: World, order) -> tuple[str, list[str]]:
    with world.database.reading() as session:
        (state,) = session.execute(text("select state from entitlement")).one()
        return state, sorted(each.split(":")[0] for each in holds_on(session, f"{order.public_id}:1"))


def decide(world: World, operator, code: str, *, fraud: bool) -> None:
    with world.database.unit_of_work() as session:
        (finding,) = [each for each in open_findings(session, operator) if each.rule_code == code]
        decide_finding(session, operator, finding.id, fraud=fraud, now=now())


def test_a_won_dispute_does_not_undo_a_fraud_hold(world: World, operator):
    _, order, charge = held_order(world, operator)
    disputed = world.sandbox.control(f"charges/{charge}/dispute")["id"]
    world.settle("charge.dispute.created")
    assert access(world, order) == ("suspended", ["dispute", "fraud"])

    world.sandbox.control(f"disputes/{disputed}/decide", {"outcome": "won"})
    world.settle("charge.dispute.closed")

    assert access(world, order) == ("suspended", ["fraud"])
    decide(world, operator, "F1", fraud=False)
    assert access(world, order) == ("active", [])


def test_a_released_fraud_hold_does_not_undo_a_dispute_or_a_warning(world: World, operator):
    _, order, charge = held_order(world, operator)
    world.sandbox.control(f"charges/{charge}/warn")
    world.settle("radar.early_fraud_warning.created")
    world.sandbox.control(f"charges/{charge}/dispute")
    world.settle("charge.dispute.created")

    decide(world, operator, "F1", fraud=False)
    assert access(world, order) == ("suspended", ["dispute", "warning"])
    decide(world, operator, "F10", fraud=False)
    assert access(world, order) == ("suspended", ["dispute"])


def test_a_refund_ends_what_anything_held_for_good(world: World, operator):
    _, order, charge = held_order(world, operator)
    world.sandbox.control(f"charges/{charge}/warn")
    world.settle("radar.early_fraud_warning.created")
    world.refund(operator, order)
    world.work()
    world.settle("charge.refunded")

    decide(world, operator, "F1", fraud=False)
    decide(world, operator, "F10", fraud=False)
    assert access(world, order)[0] == "revoked"


def test_a_confirmed_warning_ends_access_and_its_rule_cannot_be_silent(world: World, operator):
    _, order, charge = held_order(world, operator)
    world.sandbox.control(f"charges/{charge}/warn")
    world.settle("radar.early_fraud_warning.created")
    decide(world, operator, "F10", fraud=True)
    assert access(world, order)[0] == "revoked"
    with world.database.unit_of_work() as session, pytest.raises(Invalid, match="F10"):
        set_rule_mode(session, operator, "F10", RuleMode.OFF)


def values(world: World, operator, code: str) -> RuleValues:
    with world.database.reading() as session:
        return values_of(next(each for each in fraud_rules(session, operator) if each.code == code))


def test_a_changed_rule_is_a_new_version_with_a_trace_and_counts_from_then_on(world: World, operator):
    was = values(world, operator, "F1")
    wanted = replace(was, threshold=1, window_s=60, mode="active", action="review")
    with world.database.unit_of_work() as session:
        assert change_rule(session, operator, "F1", wanted).version == 2
        assert change_rule(session, operator, "F1", wanted).version == 2
    with world.database.reading() as session:
        versions = [(each.number, each.values.threshold, each.by) for each in rule_versions(session, operator, "F1")]
        (entry,) = audit_entries(session, action="fraud_rule")
    assert versions == [(2, 1, operator.email), (1, was.threshold, "")]
    assert (entry.before["threshold"], entry.after["threshold"]) == ("6", "1")

    buyer = world.person("buyer")
    order = bought(world, buyer, world.seller(), 1)
    with world.database.reading() as session:
        (finding,) = [each for each in open_findings(session, operator) if each.rule_code == "F1"]
    assert (finding.rule_version, finding.action) == (2, "review")
    assert access(world, order) == ("active", [])


def test_every_number_a_rule_asks_about_has_a_meaning_and_a_unit(world: World, operator):
    with world.database.reading() as session:
        rules = [(each.code, set(each.limits), each.threshold) for each in fraud_rules(session, operator)]
    for code, limits, threshold in rules:
        named = {each.name for each in numbers_of(code)}
        assert limits <= named <= limits | {"window_s", "threshold"}
        assert not threshold or "threshold" in named


@pytest.mark.parametrize(
    ("value", "unit", "says"),
    [
        (600, Unit.SECONDS, "10 minutes"), (86_400, Unit.SECONDS, "1 day"), (61, Unit.SECONDS, "61 seconds"),
        (0, Unit.SECONDS, "0 seconds"), (305, Unit.THOUSANDTHS, "30.5 %"), (100, Unit.HUNDREDTHS, "1.00"),
        (15, Unit.MAJOR, "15 whole units"), (1_000, Unit.TIMES, "1,000"),
    ],
)  # fmt: skip
def test_numbers_of_rules_are_said_in_words(value, unit, says):
    assert in_words(value, unit) == says


@pytest.mark.parametrize(
    "wrong",
    [{"action": "refuse"}, {"mode": "loud"}, {"window_s": -1}, {"threshold": -1}, {"limits": {"x": 1}}],
)
def test_a_rule_takes_only_values_it_can_ask(world: World, operator, wrong):
    asked = replace(values(world, operator, "F1"), **wrong)
    with world.database.unit_of_work() as session, pytest.raises(Invalid):
        change_rule(session, operator, "F1", asked)
    with world.database.unit_of_work() as session, pytest.raises(NotAllowed):
        change_rule(session, world.person("curious"), "F1", values(world, operator, "F1"))


def test_how_long_a_checkout_is_locked_is_the_rules(world: World, operator):
    switch(world, operator, "F2", RuleMode.ACTIVE, threshold=1)
    locked = values(world, operator, "F2")
    buyer, seller = world.person("buyer"), world.seller()
    order = world.order(buyer, world.listing(seller))
    world.pay(world.open_page(world.link(buyer, order)), DECLINED)
    sync_subject(world.database, world.gateway, order.public_id, now=now())
    with pytest.raises(CheckoutLocked):
        world.link(buyer, order)
    with world.database.unit_of_work() as session:
        change_rule(session, operator, "F2", replace(locked, limits={"locked_s": 0}))
    assert world.link(buyer, order)


def test_what_a_rule_would_have_caught_follows_its_values(world: World, operator):
    for code in ("F1", "F7"):
        switch(world, operator, code, RuleMode.OFF)
    buyer, seller = world.person("buyer"), world.seller()
    for number in range(3):
        bought(world, buyer, seller, number)
    fast, fresh = values(world, operator, "F1"), values(world, operator, "F5")
    later = now() + timedelta(minutes=1)
    with world.database.reading() as session:
        caught = [
            would_have_caught(session, operator, "F1", replace(fast, threshold=least), now=later) for least in (1, 2, 4)
        ]
        assert [len(each) for each in caught] == [3, 2, 0]
        assert {each.subject for each in caught[0]} == {f"person:{buyer.id}"}
        for least, many in ((5, 0), (3, 1)):
            asked = replace(fresh, limits={"sales_min": least, "first_day_min": 1})
            assert len(would_have_caught(session, operator, "F5", asked, now=later)) == many
        first = replace(values(world, operator, "F7"), threshold=2)
        assert len(would_have_caught(session, operator, "F7", first, now=later)) == 2
        assert would_have_caught(session, operator, "F14", values(world, operator, "F14"), now=later) == []
        for days in (0, 91):
            with pytest.raises(Invalid, match="1 to 90 days"):
                would_have_caught(session, operator, "F1", fast, days=days, now=later)
        assert would_have_caught(session, operator, "F1", fast, days=1, now=later + timedelta(days=2)) == []
    assert found(world, operator) == []


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 50)), max_size=30), st.integers(1, 20), st.integers(1, 5))
def test_a_burst_is_so_many_within_a_window(moments, window, threshold):
    moments = sorted(((who, NOON + timedelta(seconds=second)) for who, second in moments), key=lambda each: each[1])
    spoken = list(bursts(moments, window=timedelta(seconds=window), threshold=threshold))

    expected = [
        (who, at)
        for place, (who, at) in enumerate(moments)
        if sum(other == who and then > at - timedelta(seconds=window) for other, then in moments[: place + 1])
        >= threshold
    ]
    assert spoken == expected
