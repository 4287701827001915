"""The operator's report, against amounts added up by hand and against the entries of the books."""

from dataclasses import fields
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event

from polidat.core import Invalid
from polidat.insights import (
    Figures,
    Grain,
    OperatorsOnly,
    Period,
    Recurring,
    earning_currencies,
    groups_csv,
    revenue_report,
)
from polidat.orders import Subscription
from tests.conftest import NOON
from tests.insights.books import Books, check_against_entries

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


def report(session, traded, period=NOVEMBER, code="usd"):
    return revenue_report(session, traded.operator, period, code)


def test_a_month_adds_up_to_what_was_traded_by_hand(session, books: Books, traded):
    found = report(session, traded)

    # 100.00 + 60.00 + 25.00 + 40.00 sold, 1.62 by use; 45.00 refunded; 40.00 lost to a dispute
    assert found.total == Figures(
        gross_minor=22_662,
        use_minor=162,
        refunds_minor=4_500,
        disputes_minor=4_000,
        commission_minor=1_500 + 900 + 250 + 600 + 24 - 550 - 600,
        sellers_minor=8_500 + 4_908 + 2_170 + 3_400 + 138 - 1_636 - 2_170 - 3_400,
        passed_minor=192 + 80 - 144,
        earned_minor=2_124 - (320 + 277 + 146 - 192 - 80 + 144) - 1_500,
        card_fees_minor=615,
        dispute_fees_minor=1_500,
        sent_minor=8_500 + 4_908 + 2_170 - 1_636 + 3_400,
        payments=3,
        refunds=1,
        disputes=1,
    )
    assert found.total.net_minor == 14_162
    assert found.total.take_bps == 1_500  # 21.24 of 141.62
    assert found.total.average_minor == 7_500  # 225.00 over three payments
    assert found.before.gross_minor == 5_000
    check_against_entries(found.total, books.entries(NOVEMBER.since, NOVEMBER.until))
    check_against_entries(found.before, books.entries(NOVEMBER.before.since, NOVEMBER.before.until))


def test_sellers_listings_and_categories_each_sum_to_the_whole(session, traded):
    found = report(session, traded)
    ann, ben = ({each.key: each for each in found.by_seller}[str(who.id)].figures for who in (traded.ann, traded.ben))

    assert (ann.gross_minor, ann.refunds_minor, ann.disputes_minor) == (20_000, 2_000, 4_000)
    assert (ann.commission_minor, ann.passed_minor, ann.sellers_minor) == (2_100, 128, 11_772)
    assert (ben.gross_minor, ben.refunds_minor, ben.commission_minor, ben.sellers_minor) == (2_662, 2_500, 24, 138)
    assert (ann.payments, ben.payments) == (3, 1)
    assert [each.name for each in found.by_seller] == ["Ann", "Ben"]
    assert [(each.name, each.figures.gross_minor) for each in found.by_listing] == [("Polls", 20_000), ("Votes", 2_500)]
    assert [(each.name, each.figures.gross_minor) for each in found.by_category] == [
        ("Polls", 20_000),
        ("Elections", 2_500),
        ("Single uses", 162),
    ]
    for groups in (found.by_seller, found.by_category, [each for _, each in found.course]):
        each_figures = [getattr(each, "figures", each) for each in groups]
        for name in ("gross_minor", "refunds_minor", "disputes_minor", "sellers_minor", "passed_minor"):
            assert sum(getattr(each, name) for each in each_figures) == getattr(found.total, name), name


def test_a_category_that_is_a_formula_stays_a_text_in_the_file(session, books: Books, traded):
    traded.polls.category = "=1+1"
    session.flush()
    found = report(session, traded)

    told = groups_csv(found, found.by_category)

    assert "'=1+1:" in told
    assert "\n=" not in told


def test_a_refund_over_many_lines_loses_no_cent(session, books: Books):
    """Thirds of a cent everywhere: the parts must still be the postings."""
    seller, buyer = books.person("cents"), books.person("buyer")
    listings = [books.listing(seller, f"L{number}", f"c{number}") for number in range(3)]
    order = books.sale("ord_c", buyer, NOON, *((each, 3_333, 501, 33) for each in listings), card_fee=320)
    books.refund(
        "ref_c", order, NOON, {1: 1_111, 2: 1_111, 3: 1_111}, (f"A:seller_recv:{seller.id}", 2_797),
        ("R:commission", 502), ("X:stripe_fee", 34),
    )  # fmt: skip

    found = revenue_report(session, books.operator(), NOVEMBER, "usd")

    assert [each.figures.gross_minor for each in found.by_listing] == [3_333] * 3
    assert [each.figures.refunds_minor for each in found.by_listing] == [1_111] * 3
    for name, whole in (("commission_minor", 1_503 - 502), ("sellers_minor", 8_397 - 2_797), ("passed_minor", 99 - 34)):
        parts = [getattr(each.figures, name) for each in found.by_listing]
        assert sum(parts) == whole
        assert max(parts) - min(parts) <= 3


def test_where_the_seller_bears_the_commission_of_a_refund_no_other_line_does(session, books: Books):
    seller, buyer = books.person("strict"), books.person("buyer")
    listings = [books.listing(seller, title, title) for title in ("Strict", "Kind")]
    order = books.sale("ord_k", buyer, NOON, (listings[0], 10_000, 1_500, 0), (listings[1], 5_000, 750, 0))
    order.lines[0].keeps_fee = True
    session.flush()
    parts = {1: 10_000, 2: 5_000}
    books.refund("ref_k", order, NOON, parts, (f"A:seller_recv:{seller.id}", 14_250), ("R:commission", 750))

    found = revenue_report(session, books.operator(), NOVEMBER, "usd")

    assert {each.name: (each.figures.commission_minor, each.figures.sellers_minor) for each in found.by_listing} == {
        "Strict": (1_500, -1_500),
        "Kind": (0, 0),
    }
    assert found.total.net_minor == 0


@pytest.mark.parametrize(
    ("grain", "stamps"),
    [
        (Grain.DAY, [(date(2026, 11, 3), 10_000), (date(2026, 11, 5), 8_500), (date(2026, 11, 10), 4_000),
                     (date(2026, 11, 12), 162)]),
        (Grain.WEEK, [(date(2026, 11, 2), 18_500), (date(2026, 11, 9), 4_162)]),
        (Grain.MONTH, [(date(2026, 11, 1), 22_662)]),
    ],
)  # fmt: skip
def test_the_course_has_every_stamp_and_says_nothing_happened_where_nothing_did(session, traded, grain, stamps):
    found = report(session, traded, Period(NOVEMBER.first, NOVEMBER.last, grain))

    assert [(at, each.gross_minor) for at, each in found.course if each.gross_minor] == stamps
    assert [at for at, _ in found.course] == list(found.period.stamps())
    assert found.course[-1][1] == (Figures() if grain != Grain.MONTH else found.total) or grain == Grain.DAY


def test_buyers_are_new_once(session, books: Books, traded):
    found = report(session, traded)

    assert (found.buyers.buyers, found.buyers.new, found.buyers.returning) == (2, 1, 1)
    assert (found.buyers_before.buyers, found.buyers_before.new) == (1, 1)
    only_use = report(session, traded, Period(date(2026, 11, 12), date(2026, 11, 12)))
    assert (only_use.buyers.buyers, only_use.buyers.new) == (1, 0)


def test_money_of_another_currency_is_another_report(session, books: Books, traded):
    books.sale("ord_eur", traded.bea, NOON, (traded.polls, 900, 90, 0), card_fee=50, currency="eur")
    euros, dollars = report(session, traded, code="eur"), report(session, traded)

    assert (euros.total.gross_minor, euros.total.commission_minor, euros.total.card_fees_minor) == (900, 90, 50)
    assert dollars.total.gross_minor == 22_662
    assert (euros.buyers.buyers, euros.buyers.new) == (1, 0)
    assert earning_currencies(session, traded.operator) == ["usd", "eur"]


def test_what_bought_nothing_is_no_revenue(session, books: Books, traded):
    """A second payment of an order waits on its clearing account and goes back whole."""
    books.post("bt:x", "charge", NOON, "ord_one", *_legs(("A:stripe", 1_000), ("C:order:ord_one", -1_000)))
    books.post("refund:x", "refund_share", NOON, "ord_one", *_legs(("C:refund:ord_one", -1_000),
               ("C:order:ord_one", 1_000)))  # fmt: skip

    assert report(session, traded).total.gross_minor == 22_662
    assert report(session, traded).total.refunds == 1


def _legs(*pairs):
    from polidat.ledger import Leg

    return [Leg(code, minor, "usd") for code, minor in pairs]


def test_recurring_revenue_counts_a_year_as_twelfths_and_no_trial(session, books: Books, traded):
    def running(name, interval, price, state, **more):
        given = {"kind": "data", "seller_id": traded.ann.id, "listing_id": traded.polls.id, "commission_bps": 1_500}
        session.add(
            Subscription(
                **given | more, public_id=f"sbs_{name}", person_id=traded.bea.id, key=name, title=name,
                price_minor=price, currency="usd", interval=interval, trial_days=0, state=state,
                ends_with_period=name == "ending", asked_at=NOON,
            )
        )  # fmt: skip

    running("a", "month", 2_000, "active")
    running("ending", "year", 20_000, "active")
    running("behind", "month", 1_000, "past_due")
    running("trial", "month", 9_000, "trialing")
    running("gone", "month", 9_000, "canceled")
    hosting = {"kind": "hosting", "seller_id": None, "listing_id": None, "commission_bps": 0}
    running("h", "month", 2_900, "active", **hosting)
    session.flush()

    assert report(session, traded).recurring == [
        Recurring("data", running=3, trials=1, behind=1, ending=1, monthly_minor=4_667, house_minor=700),
        Recurring("hosting", running=1, trials=0, behind=0, ending=0, monthly_minor=2_900, house_minor=2_900),
    ]


def test_a_period_of_a_subscription_and_a_day_of_hosting_are_revenue(session, books: Books, traded):
    session.add(
        Subscription(
            kind="data", seller_id=traded.ann.id, listing_id=traded.polls.id, commission_bps=2_000, public_id="sbs_1",
            person_id=traded.bea.id, key="k", title="Polls", price_minor=2_000, currency="usd", interval="month",
            trial_days=0, state="active", ends_with_period=False, asked_at=NOON,
        )
    )  # fmt: skip
    session.flush()
    books.post("alloc:sbs_1:ch_1", "subscription", NOON, "sbs_1", *_legs(("C:order:sbs_1", 2_000),
               (f"L:seller:{traded.ann.id}", -1_600), ("R:commission", -400)))  # fmt: skip
    books.post("hosting:x", "hosting", NOON, "sbs_2", *_legs(("L:deferred_hosting:9", 97), ("R:hosting", -97)))

    found = report(session, traded)

    assert (found.total.gross_minor, found.total.payments, found.total.hosting_minor) == (24_662, 4, 97)
    assert ("Polls, subscriptions", 2_000) in [(each.name, each.figures.gross_minor) for each in found.by_category]
    assert found.by_listing[0].figures.gross_minor == 22_000
    check_against_entries(found.total, books.entries(NOVEMBER.since, NOVEMBER.until))


def test_a_report_is_few_round_trips_and_an_empty_one_is_all_zero(session, books: Books):
    who, said = books.operator(), []
    event.listen(session.bind, "before_cursor_execute", lambda *call: said.append(call[2]))

    found = revenue_report(session, who, NOVEMBER, "usd")

    assert len(said) == 4
    assert found.total == Figures()
    assert all(getattr(found.total, each.name) == 0 for each in fields(Figures))
    assert (found.total.take_bps, found.total.average_minor, len(found.course)) == (None, None, 30)
    assert (found.by_seller, found.by_listing, found.by_category) == ([], [], [])


def test_only_operators_see_it_and_only_for_what_can_be_asked(session, traded):
    for ask in (lambda: revenue_report(session, traded.ann, NOVEMBER, "usd"),
                lambda: earning_currencies(session, traded.ann)):  # fmt: skip
        with pytest.raises(OperatorsOnly):
            ask()
    with pytest.raises(Invalid, match="not a currency"):
        report(session, traded, code="xxx")
    with pytest.raises(Invalid, match="ends before"):
        Period(date(2026, 11, 2), date(2026, 11, 1))
    with pytest.raises(Invalid, match="three years"):
        Period(date(2020, 1, 1), date(2026, 11, 1))


def test_days_are_days_in_utc(session, books: Books, traded):
    books.sale("ord_late", traded.bea, datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC), (traded.polls, 700, 70, 0))
    books.sale("ord_next", traded.bea, datetime(2026, 12, 1, tzinfo=UTC), (traded.polls, 900, 90, 0))

    assert report(session, traded).total.gross_minor == 22_662 + 700
