"""Hosting that is asked for, and hosting taken out of what sellers earn: exact, once a month, and owed when short."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from polidat.catalog import (
    Interval,
    NotForSale,
    PlanOffer,
    browse_listings,
    hosting_policy,
    open_store,
    plan_for_sale,
    set_hosting_policy,
    set_plans,
    stores_of,
)
from polidat.core import MICROS, Conflict, Invalid, Money, NotAllowed
from polidat.insights import month_of, seller_statement
from polidat.orders import (
    HOSTING_GRACE,
    HostingMonth,
    NettedHosting,
    NoSuchSubscription,
    demand_hosting,
    end_netting,
    hosted,
    net_hosting,
    pay_hosting,
    sync_subscription,
    take_hosting,
    usage_unplanned,
)
from polidat.orders.host import months_later
from polidat.payments import payables
from tests.payments.world import RETURN_URL, World, now
from tests.simulation.test_matrix_wallet import paid_in, pay_sellers, use

AN_HOUR = timedelta(hours=1)
MONTH = timedelta(days=31)


def asked(world: World, *, trial_days: int = 0, required: bool = True, minor: int = 2_900) -> None:
    operator = world.operator()
    with world.database.unit_of_work() as session:
        price = Money(minor, "usd")
        set_hosting_policy(session, operator, required=required, trial_days=trial_days, price=price, now=now())
        demand_hosting(session, now=now())


def on_sale(world: World, *, at=None) -> int:
    with world.database.unit_of_work() as session:
        demand_hosting(session, now=at or now())
        return len(browse_listings(session))


def net(world: World, seller, *, at=None):
    with world.database.unit_of_work() as session:
        return net_hosting(session, seller, stores_of(session, seller)[0].slug, now=at or now())


def take(world: World, *, at=None) -> int:
    with world.database.unit_of_work() as session:
        return take_hosting(session, now=at or now())


def months(world: World) -> list[tuple[int, int]]:
    with world.database.reading() as session:
        found = session.query(HostingMonth).order_by(HostingMonth.starts_at)
        return [(each.netted_minor, each.owed_minor) for each in found]


def by_card(world: World, seller) -> tuple[str, str]:
    """A checkout of hosting that is open: the subscription, and the address where it is finished."""
    with world.database.reading() as session:
        slug = stores_of(session, seller)[0].slug
    return pay_hosting(world.database, world.gateway, seller, slug, key="h", return_url=RETURN_URL, now=now())


def finish(world: World, seller, opened: tuple[str, str]) -> str:
    ref, url = opened
    assert world.pay(url).status_code == 303
    return sync_subscription(world.database, world.gateway, seller, ref, now=now()).state


def is_netted(world: World, seller) -> bool:
    with world.database.reading() as session:
        (found,) = hosted(session, seller, stores_of(session, seller), now=now())
        return found.netted is not None


def adds_up(world: World, seller) -> None:
    """What is owed is what waits or is not planned, the seller's statement adds up, and clearing is at zero."""
    with world.database.snapshot() as session:
        assert all(each.agrees for each in payables(session, unplanned=usage_unplanned(session)))
        period = month_of(now().date())
        assert seller_statement(session, seller, period, "usd").adds_up
    assert [code for code, _ in world.books() if code.startswith("C:")] == []
    world.agrees_with_stripe()


def test_a_store_sells_in_its_free_days_and_then_only_while_it_is_paid(world: World, buyer, seller, listing):
    assert on_sale(world) == 1
    asked(world, trial_days=30)
    assert on_sale(world) == 1
    assert on_sale(world, at=now() + timedelta(days=31)) == 0
    with pytest.raises(NotForSale):
        world.order(buyer, listing)

    with world.database.reading() as session:
        store = stores_of(session, seller)[0]
        (found,) = hosted(session, seller, [store], now=now() + timedelta(days=31))
        assert "free days are over" in found.why_hidden
        assert hosted(session, buyer, [store], now=now()) == []
    ref, url = pay_hosting(
        world.database,
        world.gateway,
        seller,
        store.slug,
        key="h",
        return_url=RETURN_URL,
        now=now() + timedelta(days=31),
    )
    assert world.pay(url).status_code == 303
    sync_subscription(world.database, world.gateway, seller, ref, now=now())
    assert on_sale(world, at=now() + timedelta(days=31)) == 1
    assert world.balance(f"L:deferred_hosting:{seller.id}") == -2_900
    world.agrees_with_stripe()


@pytest.mark.calm
def test_free_days_that_are_left_stay_free_when_a_card_is_given(world: World, seller, listing):
    asked(world, trial_days=30, minor=1_500)
    with world.database.reading() as session:
        store = stores_of(session, seller)[0]
    ref, url = pay_hosting(world.database, world.gateway, seller, store.slug, key="h", return_url=RETURN_URL, now=now())
    assert world.pay(url).status_code == 303
    found = sync_subscription(world.database, world.gateway, seller, ref, now=now())
    assert (found.state, found.price, found.trial_days) == ("trialing", Money(1_500, "usd"), 29)
    assert on_sale(world) == 1


@pytest.mark.calm
def test_what_is_not_asked_for_any_more_hides_nobody(world: World, seller, listing):
    asked(world)
    assert on_sale(world) == 0
    asked(world, required=False)
    assert on_sale(world) == 1
    asked(world, trial_days=0)
    with world.database.unit_of_work() as session:
        assert open_store(session, world.person("late"), "Late", now=now()).hidden_at is not None


@pytest.mark.calm
def test_a_hidden_store_sells_no_subscription_either(world: World, seller, listing):
    with world.database.unit_of_work() as session:
        set_plans(session, seller, listing.id, {Interval.MONTH: PlanOffer(Money(500, "usd"))})
    asked(world)
    with world.database.reading() as session, pytest.raises(NotForSale):
        plan_for_sale(session, listing.id, Interval.MONTH)


def test_a_month_is_taken_out_of_what_was_earned_and_the_rest_is_sent(world: World, buyer, seller, listing):
    asked(world)
    paid_in(world, buyer, 10_000)
    use(world, buyer, seller, listing, 5_000 * MICROS)
    assert world.owed(seller) == Money(3_500, "usd")

    net(world, seller)
    net(world, seller)
    assert (take(world), take(world, at=now() + AN_HOUR)) == (0, 0)

    assert months(world) == [(2_900, 0)]
    assert (world.balance("R:hosting"), world.owed(seller)) == (-2_900, Money(600, "usd"))
    assert on_sale(world) == 1
    adds_up(world, seller)
    pay_sellers(world)
    assert world.owed(seller) == Money(0, "usd")
    adds_up(world, seller)


def test_what_is_not_earned_is_owed_and_the_next_sale_pays_it(world: World, buyer, seller, listing):
    asked(world)
    net(world, seller)
    assert months(world) == [(0, 2_900)]
    assert world.balance(f"A:seller_recv:{seller.id}") == 2_900
    assert on_sale(world, at=now() + HOSTING_GRACE - AN_HOUR) == 1

    world.bought(buyer, listing)
    world.settle("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")

    assert world.balance(f"A:seller_recv:{seller.id}") == 0
    assert world.balance("R:hosting") == -2_900
    take(world)
    assert on_sale(world, at=now() + HOSTING_GRACE + AN_HOUR) == 1
    adds_up(world, seller)


@pytest.mark.calm
def test_who_owes_for_two_weeks_is_hidden_and_owes_no_further_month(world: World, buyer, seller, listing):
    asked(world)
    net(world, seller)
    late = now() + HOSTING_GRACE + AN_HOUR
    assert take(world, at=late) == 0
    assert on_sale(world, at=late) == 0
    assert take(world, at=now() + 3 * MONTH) == 0
    with world.database.unit_of_work() as session:
        end_netting(session, seller, stores_of(session, seller)[0].slug, now=late)
    net(world, seller, at=late)
    assert on_sale(world, at=late) == 0  # beginning again is no way out

    paid_in(world, buyer, 10_000)
    use(world, buyer, seller, listing, 5_000 * MICROS)
    pay_sellers(world)
    assert world.balance(f"A:seller_recv:{seller.id}") == 0
    after = now() + 3 * MONTH
    assert take(world, at=after) == 1
    assert on_sale(world, at=after) == 1
    assert months(world) == [(0, 2_900), (0, 2_900)]


def test_who_is_behind_and_pays_by_card_is_taken_no_further_month_and_still_owes_what_was_used_of_the_last(
    world: World, buyer, seller, listing
):
    asked(world)
    paid_in(world, buyer, 10_000)
    net(world, seller)
    with world.database.unit_of_work() as session:  # half a month ago
        for column in ("starts_at", "ends_at"):
            session.execute(text(f"update hosting_month set {column} = {column} - interval '15 days'"))
    assert finish(world, seller, by_card(world, seller)) == "active"

    assert not is_netted(world, seller)
    assert take(world, at=now() + 3 * MONTH) == 0
    assert months(world) == [(0, 2_900)]
    assert 1_300 < (used := world.balance(f"A:seller_recv:{seller.id}")) < 1_600, "half a month"
    assert (world.balance("R:hosting"), world.balance(f"L:deferred_hosting:{seller.id}")) == (-used, -2_900)
    assert on_sale(world, at=now() + HOSTING_GRACE + AN_HOUR) == 1, "what is owed for before hides nobody who pays"
    ways = world.rows("select before, after from audit_entry where action = 'hosting_way' order by id desc limit 1")
    assert ways == [({"way": "netted"}, {"way": "card"})]
    ((told,),) = world.rows("select body from mail where body like '%No further month is taken out%'")
    assert "paid by card" in told
    assert f"You still owe {Money(used, 'usd')}" in told

    use(world, buyer, seller, listing, 5_000 * MICROS)
    pay_sellers(world)
    assert world.balance(f"A:seller_recv:{seller.id}") == 0
    adds_up(world, seller)


def test_a_checkout_begun_before_the_netting_ends_it_when_it_is_finished(world: World, buyer, seller, listing):
    asked(world)
    paid_in(world, buyer, 100_000)
    use(world, buyer, seller, listing, 50_000 * MICROS)
    opened = by_card(world, seller)
    net(world, seller)  # a checkout that was only looked at holds nobody up
    assert finish(world, seller, opened) == "active"

    assert not is_netted(world, seller)
    assert take(world, at=now() + 3 * MONTH) == 0
    assert months(world) == [(2_900, 0)]
    assert (world.balance("R:hosting"), world.balance(f"L:deferred_hosting:{seller.id}")) == (0, -2_900)
    assert world.rows("select returned_minor, ends_at < now() from hosting_month") == [(2_900, True)]
    with pytest.raises(Conflict, match="by card"):
        net(world, seller)
    adds_up(world, seller)
    owed = world.owed(seller)
    world.settle()
    assert (world.owed(seller), owed) == (Money(32_100, "usd"), Money(35_000, "usd")), "the month is sent back at once"
    adds_up(world, seller)


@pytest.mark.calm
def test_a_card_that_only_trials_ends_the_netting_before_a_month_is_taken(world: World, seller, listing):
    asked(world, trial_days=10)
    opened = by_card(world, seller)
    net(world, seller)
    assert finish(world, seller, opened) == "trialing"

    assert not is_netted(world, seller)
    assert take(world, at=now() + 3 * MONTH) == 0
    assert (months(world), world.balance("R:hosting")) == ([], 0)


@pytest.mark.calm
@pytest.mark.parametrize(("state", "goes_on"), [("active", False), ("past_due", False), ("incomplete", True)])
def test_where_both_run_already_the_card_is_enough(world: World, seller, listing, state, goes_on):
    """Both may run from before the card ended the netting: no month is taken, and a good card ends it."""
    asked(world)
    opened = by_card(world, seller)
    assert finish(world, seller, opened) == "active"
    with world.database.unit_of_work() as session:
        session.execute(text("update subscription set state = :state"), {"state": state})
        store = stores_of(session, seller)[0]
        first = now() - AN_HOUR
        session.add(
            NettedHosting(
                store_id=store.id, owner_id=seller.id, price_minor=2_900, currency="usd", since=first, months=0,
                next_at=first, behind_since=None, ended_at=None,
            )
        )  # fmt: skip

    assert (take(world), take(world, at=now() + MONTH)) == (0, 0)
    assert (months(world), world.balance("R:hosting")) == ([], 0)
    assert is_netted(world, seller) == goes_on


@pytest.mark.calm
def test_months_that_nobody_took_are_taken_one_by_one(world: World, buyer, seller, listing):
    paid_in(world, buyer, 100_000)
    use(world, buyer, seller, listing, 50_000 * MICROS)
    net(world, seller)
    assert take(world, at=months_later(now(), 3) + AN_HOUR) == 3
    assert take(world, at=months_later(now(), 3) + AN_HOUR) == 0
    assert months(world) == [(2_900, 0)] * 4
    assert world.balance("R:hosting") == -4 * 2_900
    adds_up(world, seller)


@pytest.mark.calm
def test_the_ways_exclude_each_other_and_only_the_owner_chooses(world: World, seller, listing):
    with world.database.reading() as session:
        slug = stores_of(session, seller)[0].slug
    with pytest.raises(NoSuchSubscription), world.database.unit_of_work() as session:
        net_hosting(session, world.person("other"), slug, now=now())
    with pytest.raises(Conflict), world.database.unit_of_work() as session:
        end_netting(session, seller, slug, now=now())
    ref, url = pay_hosting(world.database, world.gateway, seller, slug, key="h", return_url=RETURN_URL, now=now())
    assert world.pay(url).status_code == 303
    sync_subscription(world.database, world.gateway, seller, ref, now=now())
    with pytest.raises(Conflict, match="by card"):
        net(world, seller)


@pytest.mark.calm
def test_only_operators_ask_and_only_what_a_card_can_pay(world: World, seller):
    with world.database.unit_of_work() as session:
        assert (hosting_policy(session).required, hosting_policy(session).price) == (False, Money(2_900, "usd"))
        wanted = {"required": True, "trial_days": 0, "price": Money(2_900, "usd"), "now": now()}
        with pytest.raises(NotAllowed):
            set_hosting_policy(session, seller, **wanted)
    operator = world.operator()
    for odd in ({"price": Money(10, "usd")}, {"trial_days": -1}, {"trial_days": 366}):
        with pytest.raises(Invalid), world.database.unit_of_work() as session:
            set_hosting_policy(session, operator, **(wanted | odd))


@pytest.mark.calm
def test_a_month_ends_on_the_same_day_or_the_last_of_a_shorter_one(world: World):
    began = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert [months_later(began, each).strftime("%m-%d") for each in (0, 1, 2, 13)] == [
        "01-31",
        "02-28",
        "03-31",
        "02-28",
    ]
