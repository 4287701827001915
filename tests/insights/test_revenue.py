"""The operator's figures are those of the books, computed by hand."""

from datetime import timedelta

import pytest

from polidat.core import NotAllowed
from polidat.insights import (
    RevenueUnusual,
    currencies_of,
    monthly_recurring,
    revenue_by,
    revenue_by_day,
    revenue_csv,
    totals,
    watch_revenue,
)
from polidat.insights.alerts import is_unusual
from polidat.ledger import Leg, post
from polidat.payments import sync_subject
from tests.conftest import NOON
from tests.payments.world import World, now

TOLD = ("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")


def window():
    return {"since": now() - timedelta(days=1), "until": now() + timedelta(days=1)}


def test_sales_refunds_and_fees_are_those_of_the_books(world: World):
    ann, ben, buyer = world.seller("ann"), world.seller("ben"), world.person("buyer")
    first = world.listing(ann, 10_000, title="Polls")
    second = world.listing(ben, 5_000, title="Orders", commission_bps=1_000)
    one = world.bought(buyer, first, key="a")
    world.settle(*TOLD)
    world.bought(world.person("other"), first, second, key="b")
    world.settle(*TOLD)
    world.refund(ann, one, {1: 2_000})
    world.work()
    world.settle("charge.refunded")
    world.work()
    operator = world.operator()
    for (subject,) in world.rows("select subject from payment"):
        sync_subject(world.database, world.gateway, subject, now=now())
    world.work()

    with world.database.reading() as session:
        days = revenue_by_day(session, operator, "usd", **window())
        stores = revenue_by(session, operator, "store", "usd", **window())
        categories = revenue_by(session, operator, "category", "usd", **window())
        assert currencies_of(session) == ["usd"]
    found = totals(days)
    assert (found.gross, found.refunded, found.payments) == (25_000, 2_000, 2)
    assert found.commission == 1_500 + 1_500 + 500 - 300
    assert found.fees == 320  # of the cart the sellers bear it
    assert found.net == found.commission - 320
    assert found.take_rate_bps == 1_280
    assert [(each.name, each.sales, each.gross) for each in stores] == [
        ("Store of Polls", 2, 20_000), ("Store of Orders", 1, 5_000),
    ]  # fmt: skip
    assert [(each.name, each.commission) for each in categories] == [("without category", 3_500)]
    assert revenue_csv(days, "usd").splitlines()[0] == (
        b"currency,day,gross,refunded,disputed,commission,other,fees,payments"
    )


def test_only_operators_see_it(world: World):
    buyer = world.person("buyer")
    with world.database.reading() as session:
        with pytest.raises(NotAllowed):
            revenue_by_day(session, buyer, "usd", **window())
        with pytest.raises(NotAllowed):
            monthly_recurring(session, buyer, "usd")


def test_running_subscriptions_are_counted_by_the_month(world: World):
    from polidat.catalog import Interval, PlanOffer, set_plans
    from polidat.core import Money
    from polidat.orders import subscribe, sync_subscription

    seller = world.seller()
    listing = world.listing(seller)
    with world.database.unit_of_work() as session:
        plans = {Interval.MONTH: PlanOffer(Money(500, "usd")), Interval.YEAR: PlanOffer(Money(5_000, "usd"))}
        set_plans(session, seller, listing.id, plans)
    for name, interval in (("a", Interval.MONTH), ("b", Interval.YEAR)):
        buyer = world.person(name)
        ref, url = subscribe(
            world.database, world.gateway, buyer, listing.id, interval, key="k", return_url="http://127.0.0.1:1/",
            now=now(),
        )  # fmt: skip
        world.pay(url)
        sync_subscription(world.database, world.gateway, buyer, ref, now=now())
    with world.database.reading() as session:
        assert monthly_recurring(session, world.operator(), "usd") == 917


def test_a_day_far_from_the_others_is_told(session):
    told = []
    session.info["reactions"] = {RevenueUnusual: [lambda _, fact: told.append(fact)]}
    for back in range(2, 22):
        at, minor = NOON - timedelta(days=back), 10_000 + 100 * (back % 5)
        legs = [Leg("A:stripe", minor, "usd"), Leg("C:order:x", -minor, "usd")]
        post(session, f"d{back}", "charge", legs, occurred_at=at)
    assert watch_revenue(session, now=NOON) == 1
    assert (told[0].gross_minor, told[0].usual_minor) == (0, 10_200)
    legs = [Leg("A:stripe", 10_300, "usd"), Leg("C:order:y", -10_300, "usd")]
    post(session, "yesterday", "charge", legs, occurred_at=NOON - timedelta(days=1))
    assert watch_revenue(session, now=NOON) == 0


def test_few_days_let_expect_nothing():
    assert not is_unusual(10**9, [100] * 13)
    assert is_unusual(10**9, [100] * 14)
    assert not is_unusual(104, [100] * 14)
