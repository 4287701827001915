"""Operators set rules; what is sold keeps the terms it was sold with."""

from datetime import timedelta

import pytest

from polidat.catalog import (
    CommissionKind,
    CommissionRuleAdded,
    CommissionRuleEnded,
    CommissionTerms,
    ListingState,
    NewRule,
    NoSuchListing,
    NoSuchRule,
    NoSuchStore,
    RuleScope,
    ShareOnly,
    add_rule,
    commission_rules,
    draft_listing,
    end_rule,
    open_store,
    rates_of,
    terms_for,
)
from polidat.core import Conflict, Invalid, Money, NotAllowed
from polidat.events import audit_entries
from polidat.orders import order_bid
from polidat.people import make_operator, register
from tests.conftest import NOON
from tests.factories import agreeing, ordered

SALE = CommissionKind.SALE
LATER = NOON + timedelta(days=3)


@pytest.fixture
def operator(session):
    return make_operator(session, register(session, "operator@example.org", now=NOON))


@pytest.fixture
def listing(session):
    seller = register(session, "seller@example.org", now=NOON)
    made = draft_listing(session, seller, open_store(session, seller, "Ballots", now=NOON), "Polls", now=NOON)
    made.category, made.price_minor, made.state = "Polls", 10_000, ListingState.PUBLISHED
    session.flush()
    return made


def holds(session, listing, at=NOON, kind=SALE):
    found = terms_for(session, listing, kind, "usd", now=at)
    return found.bps, found.version


def test_the_narrowest_rule_holds_and_without_any_the_default(session, operator, listing):
    seen = [holds(session, listing)]
    for scope, target in (("category", " POLLS"), ("store", "ballots"), ("listing", "polls")):
        bps = 100 * len(target)
        add_rule(session, operator, NewRule(SALE, bps, RuleScope(scope), target), now=NOON)
        seen.append(holds(session, listing))

    assert seen == [(1_500, 1), (600, 1), (700, 1), (500, 1)]
    assert holds(session, listing, kind=CommissionKind.USAGE) == (1_500, 1)


def test_a_new_version_ends_the_one_before_and_nothing_is_changed_behind(session, operator, listing):
    first = add_rule(session, operator, NewRule(SALE, 900, RuleScope.STORE, "ballots"), now=NOON)
    second = add_rule(session, operator, NewRule(SALE, 800, RuleScope.STORE, "ballots", valid_from=LATER), now=NOON)

    assert (first.valid_to, second.version) == (LATER, 2)
    assert [holds(session, listing, at) for at in (NOON, LATER)] == [(900, 1), (800, 2)]
    with pytest.raises(Conflict, match="begins on 23 November"):
        add_rule(session, operator, NewRule(SALE, 700, RuleScope.STORE, "ballots"), now=NOON)
    assert second.valid_to is None


def test_a_rule_for_some_days_rests_on_the_open_one(session, operator, listing):
    add_rule(session, operator, NewRule(SALE, 900, RuleScope.STORE, "ballots"), now=NOON)
    sale = NewRule(SALE, 100, RuleScope.STORE, "ballots", valid_from=NOON, valid_to=LATER)
    add_rule(session, operator, sale, now=NOON)

    assert [holds(session, listing, at) for at in (NOON, LATER)] == [(100, 2), (900, 1)]


def test_an_ended_rule_gives_way_to_a_wider_one_and_a_default_cannot_end(session, operator, listing):
    told = []
    listens = [lambda _, fact: told.append(fact)]
    session.info["reactions"] = {CommissionRuleAdded: listens, CommissionRuleEnded: listens}
    rule = add_rule(session, operator, NewRule(SALE, 900, RuleScope.LISTING, "polls"), now=NOON)

    end_rule(session, operator, rule.id, now=LATER)

    assert [holds(session, listing, at) for at in (NOON, LATER)] == [(900, 1), (1_500, 1)]
    default = next(each for each in commission_rules(session, operator) if each.scope == "default")
    for ended, says in ((rule, "ended already"), (default, "default cannot be ended")):
        with pytest.raises(Conflict, match=says):
            end_rule(session, operator, ended.id, now=LATER)
    with pytest.raises(NoSuchRule):
        end_rule(session, operator, 404_404, now=LATER)
    assert told == [
        CommissionRuleAdded(rule.id, operator.id, "listing", "sale", 900, 1), CommissionRuleEnded(rule.id, operator.id)
    ]  # fmt: skip
    entries = audit_entries(session, of=f"commission_rule:{rule.id}")
    assert [each.after.get("bps") for each in entries] == [None, "900"]
    assert [each.actor_id for each in entries] == [operator.id] * 2


def test_a_planned_rule_that_is_ended_never_holds(session, operator, listing):
    rule = add_rule(session, operator, NewRule(SALE, 900, RuleScope.LISTING, "polls", valid_from=LATER), now=NOON)

    end_rule(session, operator, rule.id, now=NOON)

    assert [holds(session, listing, at) for at in (NOON, LATER)] == [(1_500, 1)] * 2


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (NewRule(SALE, 5_001), Invalid),
        (NewRule(SALE, 500, fixed_minor=30), Invalid),  # of which currency?
        (NewRule(SALE, 500, currency="xxx", fixed_minor=30), Invalid),
        (NewRule(SALE, 500, currency="kwd", fixed_minor=35), Invalid),  # between two steps
        (NewRule(SALE, 500, currency="usd", fixed_minor=-1), Invalid),
        (NewRule(SALE, 500, currency="usd", min_minor=90, max_minor=80), Invalid),
        (NewRule(SALE, 500, valid_from=NOON - timedelta(days=1)), Invalid),
        (NewRule(SALE, 500, valid_to=NOON), Invalid),
        (NewRule(SALE, 500, RuleScope.CATEGORY, " "), Invalid),
        (NewRule(SALE, 500, RuleScope.STORE, "nowhere"), NoSuchStore),
        (NewRule(SALE, 500, RuleScope.LISTING, "nothing"), NoSuchListing),
        (NewRule(CommissionKind.SUBSCRIPTION, 500, currency="usd", fixed_minor=30), ShareOnly),
        (NewRule(CommissionKind.USAGE, 500, currency="usd", max_minor=30), ShareOnly),
    ],
)
def test_a_rule_that_cannot_be_is_refused(session, operator, listing, wanted, error):
    with pytest.raises(error):
        add_rule(session, operator, wanted, now=NOON)

    assert len(commission_rules(session, operator)) == len(CommissionKind)


def test_only_operators_see_and_set_rules(session, listing):
    stranger = register(session, "x@example.org", now=NOON)

    for attempt in (
        lambda: add_rule(session, stranger, NewRule(SALE, 0), now=NOON),
        lambda: end_rule(session, stranger, 1, now=NOON),
        lambda: commission_rules(session, stranger),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_a_line_keeps_the_terms_it_was_ordered_with(session, operator, listing):
    wanted = NewRule(SALE, 500, RuleScope.LISTING, "polls", "usd", 30, 100, 450)
    rule = add_rule(session, operator, wanted, now=NOON)
    order = ordered(session, register(session, "b@example.org", now=NOON), [listing.id], key="k", now=NOON)
    add_rule(session, operator, NewRule(SALE, 5_000, RuleScope.LISTING, "polls", "usd"), now=NOON)
    session.expire(order.lines[0])

    line = order.lines[0]
    assert line.commission_minor == 450  # 5 % and 0.30 of 100.00 are 5.30: the most is 4.50
    assert line.terms == CommissionTerms(500, 30, 100, 450, rule.id, 1)


def test_a_seller_sees_what_the_house_takes_now(session, operator, listing):
    add_rule(session, operator, NewRule(SALE, 500, RuleScope.STORE, "ballots", "usd", 30), now=NOON)

    rates = rates_of(session, register(session, "seller@example.org", now=NOON), now=NOON)

    assert [(each.listing.title, each.kind, each.shown) for each in rates] == [
        ("Polls", "sale", "5 % + 0.30 USD"), ("Polls", "subscription", "15 %"), ("Polls", "usage", "15 %"),
    ]  # fmt: skip


def test_a_bid_goes_by_the_rule_for_auctions(session, operator, listing):
    add_rule(session, operator, NewRule(CommissionKind.AUCTION, 2_000, RuleScope.LISTING, "polls"), now=NOON)
    bidder = register(session, "bidder@example.org", now=NOON)
    agreed = agreeing(session, bidder, listing.id)

    order = order_bid(session, bidder, listing.id, Money(5_000, "usd"), key="bid", now=NOON, agreed=agreed)

    assert (order.lines[0].commission_bps, order.commission.minor) == (2_000, 1_000)
