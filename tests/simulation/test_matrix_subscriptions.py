"""The money matrix: what is paid period by period, to sellers and for hosting."""

from datetime import timedelta

import pytest

from polidat.access import GrantState, may_read
from polidat.catalog import Interval, NotForSale, PlanOffer, browse_listings, set_plans, stores_of
from polidat.core import Invalid, Money
from polidat.orders import (
    GRACE,
    HOSTING_GRACE,
    AlreadyYours,
    NoSuchSubscription,
    OwnListing,
    change_card,
    end_grace,
    end_subscription,
    my_subscriptions,
    pay_hosting,
    recognise_hosting,
    subscribe,
    subscription_of,
    sync_subscription,
    tell_trials,
)
from polidat.payments import StripeAway, sweep
from tests.factories import ordered
from tests.payments.world import DECLINED, RETURN_URL, World, now
from tests.simulation.storm import persistently

MONTH_S = 32 * 86_400
FAILS_LATER, GOOD = "4000000000000341", "4242424242424242"


@pytest.fixture
def planned(world: World, seller):
    """A listing with subscriptions, of a store that gives the house a fifth."""
    listing = world.listing(seller, commission_bps=2_000)
    plans = {Interval.MONTH: PlanOffer(Money(2_000, "usd")), Interval.YEAR: PlanOffer(Money(20_000, "usd"), 7)}
    with world.database.unit_of_work() as session:
        return set_plans(session, seller, listing.id, plans)


def subscribed(world: World, buyer, listing, *, card=GOOD, interval=Interval.MONTH, key="click") -> str:
    ref, url = subscribe(
        world.database, world.gateway, buyer, listing.id, interval, key=key, return_url=RETURN_URL, now=now(),
        agreed=world.agreeing(buyer, listing),
    )  # fmt: skip
    assert world.pay(url, card).status_code == 303
    look(world, buyer, ref)
    return ref


def look(world: World, buyer, ref) -> None:
    """What the return page, a webhook or the sweep does."""
    persistently(lambda: sync_subscription(world.database, world.gateway, buyer, ref, now=now()))
    world.settle()


def later(world: World, buyer, ref, seconds: int) -> None:
    world.sandbox.control("clock/advance", {"seconds": seconds})
    look(world, buyer, ref)


def state(world: World, buyer, ref) -> str:
    with world.database.reading() as session:
        return subscription_of(session, buyer, ref).state


def reads(world: World, buyer, listing) -> bool:
    with world.database.reading() as session:
        return may_read(session, buyer, listing.dataset_id)


def behind_for(world: World, time: timedelta) -> None:
    with world.database.unit_of_work() as session:
        end_grace(session, now=now() + time)


def give_card(world: World, buyer, ref, card: str) -> None:
    url = change_card(world.database, world.gateway, buyer, ref, return_url=RETURN_URL)
    form = {"card_number": card, "card_expiry": "12 / 40", "card_cvc": "123"}
    assert world.sandbox.web.post(url, data=form).status_code == 303


def test_case_57_a_subscription_is_renewed_dunned_recovered_and_ended(world: World, buyer, seller, planned):
    ref = subscribed(world, buyer, planned, card=FAILS_LATER)
    paid_once = {("A:stripe", "usd"): 312, ("X:stripe_fee", "usd"): 88, ("R:commission", "usd"): -400}
    assert (state(world, buyer, ref), reads(world, buyer, planned)) == ("active", True)
    assert world.books() == paid_once
    world.agrees_with_stripe()

    later(world, buyer, ref, MONTH_S)  # the card fails
    assert (state(world, buyer, ref), reads(world, buyer, planned)) == ("past_due", True)
    behind_for(world, GRACE - timedelta(hours=1))
    assert reads(world, buyer, planned)
    behind_for(world, GRACE + timedelta(hours=1))
    assert not reads(world, buyer, planned)
    assert world.books() == paid_once

    give_card(world, buyer, ref, GOOD)
    look(world, buyer, ref)
    assert (state(world, buyer, ref), reads(world, buyer, planned)) == ("active", True)
    assert world.books() == {key: 2 * minor for key, minor in paid_once.items()}
    first, second = world.rows("select period_start, period_end from payment order by id")
    assert 28 <= (first.period_end - first.period_start).days <= 31
    assert second.period_start == first.period_end

    end_subscription(world.database, world.gateway, buyer, ref, now=now())
    assert world.rows("select actor_id, after from audit_entry where action = 'subscription'") == [
        (buyer.id, {"ends_with_period": "True"})
    ]
    assert reads(world, buyer, planned)
    later(world, buyer, ref, MONTH_S)
    assert (state(world, buyer, ref), reads(world, buyer, planned)) == ("canceled", False)
    assert world.rows("select state from entitlement") == [(GrantState.EXPIRED,)]
    assert world.books() == {key: 2 * minor for key, minor in paid_once.items()}
    world.agrees_with_stripe()
    told = world.told(buyer)
    assert told.count("20.00 USD paid for “Polls 2023”") == 2
    assert [each for each in told if "paid for" not in each and "ends on" not in each] == [
        "A payment for “Polls 2023” failed", "Your access to “Polls 2023” rests",
        "Your subscription to “Polls 2023” has begun", "Your subscription to “Polls 2023” has ended",
    ]  # fmt: skip
    assert len(told) == 7
    assert world.told(seller) == ["A subscriber paid for “Polls 2023”"] * 2


def test_a_renewal_nobody_tells_of_is_found_by_the_sweep(world: World, buyer, planned):
    ref = subscribed(world, buyer, planned)
    world.sandbox.control("clock/advance", {"seconds": MONTH_S})
    world.sandbox.client().v1.subscriptions.list()
    persistently(lambda: sweep(world.database, world.gateway, now=now()))
    world.work()
    assert world.balance("R:commission") == -800
    assert state(world, buyer, ref) == "active"
    world.agrees_with_stripe()


def test_nobody_recovers_a_card_that_keeps_failing(world: World, buyer, planned):
    ref = subscribed(world, buyer, planned, card=FAILS_LATER)
    later(world, buyer, ref, MONTH_S)
    later(world, buyer, ref, 20 * 86_400)
    assert (state(world, buyer, ref), reads(world, buyer, planned)) == ("canceled", False)
    assert world.balance("R:commission") == -400


def test_a_trial_opens_at_once_costs_nothing_and_is_given_once(world: World, buyer, planned):
    ref = subscribed(world, buyer, planned, interval=Interval.YEAR)
    assert (state(world, buyer, ref), reads(world, buyer, planned)) == ("trialing", True)
    assert world.books() == {}
    for days in (3, 5, 6):
        with world.database.unit_of_work() as session:
            assert tell_trials(session, now=now() + timedelta(days=days)) == (days > 3)
    assert sum("is free until" in each for each in world.told(buyer)) == 1
    end_subscription(world.database, world.gateway, buyer, ref, now=now())
    later(world, buyer, ref, 8 * 86_400)
    assert not reads(world, buyer, planned)

    again = subscribed(world, buyer, planned, interval=Interval.YEAR, key="again")
    assert state(world, buyer, again) == "active"
    assert world.balance("R:commission") == -4_000


def test_a_period_that_is_given_back_is_shared_as_it_was_paid(world: World, buyer, seller, planned):
    subscribed(world, buyer, planned)
    (charge,) = world.sandbox.client().v1.charges.list().data
    flags = {"reverse_transfer": True, "refund_application_fee": True}
    world.sandbox.client().v1.refunds.create({"charge": charge.id, "amount": 500, **flags})
    world.settle("charge.refunded")
    assert world.balance("R:commission") == -300
    assert world.balance(f"A:seller_recv:{seller.id}") == 0
    assert reads(world, buyer, planned)

    world.sandbox.client().v1.refunds.create({"charge": charge.id, **flags})
    world.settle("charge.refunded")
    look(world, buyer, world.rows("select public_id from subscription")[0][0])
    assert world.books() == {("A:stripe", "usd"): -88, ("X:stripe_fee", "usd"): 88}
    assert not reads(world, buyer, planned)
    world.agrees_with_stripe()
    assert world.told(seller)[:2] == ["15.00 USD of a subscription went back", "5.00 USD of a subscription went back"]
    bodies = [body for (body,) in world.rows("select body from mail where subject like '%is on its way%' order by id")]
    assert ["your access has ended" in each for each in bodies] == [False, True]
    ((said,),) = world.rows("select body from mail where subject like '5.00 USD of a%'")
    assert "Your part of it is 4.00 USD" in said


def test_a_lost_dispute_over_a_period_is_shared(world: World, buyer, seller, planned):
    subscribed(world, buyer, planned)
    (charge,) = world.sandbox.client().v1.charges.list().data
    opened = world.sandbox.control(f"charges/{charge.id}/dispute")
    world.settle("charge.dispute.created")
    assert not reads(world, buyer, planned)
    world.sandbox.control(f"disputes/{opened['id']}/decide", {"outcome": "lost"})
    world.settle("charge.dispute.closed")

    assert world.balance(f"A:seller_recv:{seller.id}") == 1_600
    assert world.balance("R:commission") == 0
    assert world.balance(f"C:dispute:{opened['id']}") == 0
    world.agrees_with_stripe()
    ((said,),) = world.rows("select body from mail where subject = 'A dispute over 20.00 USD is lost'")
    assert "Your part of it, 16.00 USD, is gone" in said
    assert "16.00 USD of it is owed" in said
    assert [each for each in world.told(buyer) if "access" in each] == [
        "Your access to “Polls 2023” has ended", "Your access to “Polls 2023” rests",
    ]  # fmt: skip


@pytest.mark.calm
def test_what_cannot_be_subscribed_to_is_refused(world: World, buyer, seller, planned):
    def ask(who, listing_id=planned.id, interval=Interval.MONTH):
        return subscribe(
            world.database, world.gateway, who, listing_id, interval, key="x", return_url=RETURN_URL, now=now(),
            agreed=world.agreeing(who, planned),
        )  # fmt: skip

    with pytest.raises(OwnListing):
        ask(seller)
    with pytest.raises(NotForSale):
        ask(buyer, world.listing(seller, title="Sold once").id)
    ref, url = ask(buyer)
    assert ask(buyer) == (ref, url)
    assert world.pay(url, DECLINED).status_code == 402
    with world.database.reading() as session:
        assert list(my_subscriptions(session, buyer)) == []
        with pytest.raises(NoSuchSubscription):
            subscription_of(session, world.person("other"), ref)
    assert world.pay(url).status_code == 303
    look(world, buyer, ref)
    with pytest.raises(AlreadyYours):
        ask(buyer)
    with world.database.unit_of_work() as session, pytest.raises(AlreadyYours):
        ordered(session, buyer, [planned.id], key="k", now=now())


@pytest.mark.calm
@pytest.mark.parametrize(("minor", "trial_days"), [(0, 0), (500, 91), (5, 0)])
def test_a_plan_nobody_could_pay_is_refused(world: World, seller, planned, minor, trial_days):
    offer = PlanOffer(Money(minor, "usd"), trial_days)
    with world.database.unit_of_work() as session, pytest.raises(Invalid):
        set_plans(session, seller, planned.id, {Interval.MONTH: offer})


def hosting(world: World, seller, *, card=GOOD, key="host") -> str:
    with world.database.reading() as session:
        store = stores_of(session, seller)[0]
    ref, url = pay_hosting(world.database, world.gateway, seller, store.slug, key=key, return_url=RETURN_URL, now=now())
    assert world.pay(url, card).status_code == 303
    look(world, seller, ref)
    return ref


def on_sale(world: World) -> int:
    with world.database.reading() as session:
        return len(browse_listings(session))


def test_case_58_hosting_unpaid_for_two_weeks_hides_the_store_and_leaves_its_buyers(
    world: World, buyer, seller, listing, sold
):
    ref = hosting(world, seller, card=FAILS_LATER)
    assert world.balance(f"L:deferred_hosting:{seller.id}") == -2_900
    with world.database.unit_of_work() as session:
        assert recognise_hosting(session, now=now() + timedelta(days=10)) == 1
    assert world.balance("R:hosting") == -967
    with world.database.unit_of_work() as session:
        recognise_hosting(session, now=now() + timedelta(days=45))
        assert recognise_hosting(session, now=now() + timedelta(days=46)) == 0
    assert (world.balance("R:hosting"), world.balance(f"L:deferred_hosting:{seller.id}")) == (-2_900, 0)

    later(world, seller, ref, MONTH_S)
    behind_for(world, HOSTING_GRACE - timedelta(hours=1))
    assert on_sale(world) == 1
    behind_for(world, HOSTING_GRACE + timedelta(hours=1))
    assert on_sale(world) == 0
    assert world.balance(f"L:deferred_hosting:{seller.id}") == 0
    assert reads(world, buyer, listing)
    with pytest.raises(NotForSale):
        world.order(world.person("other"), listing, key="late")

    give_card(world, seller, ref, GOOD)
    look(world, seller, ref)
    assert on_sale(world) == 1
    assert world.balance(f"L:deferred_hosting:{seller.id}") == -2_900
    world.agrees_with_stripe()


@pytest.mark.calm
def test_while_stripe_is_away_nothing_begins_twice(world: World, buyer, planned):
    real = world.gateway.open_billing

    def away(wish):
        raise StripeAway("in this test")

    world.gateway.open_billing = away
    ask = {"key": "x", "return_url": RETURN_URL, "now": now(), "agreed": world.agreeing(buyer, planned)}
    with pytest.raises(StripeAway):
        subscribe(world.database, world.gateway, buyer, planned.id, Interval.MONTH, **ask)
    world.gateway.open_billing = real
    subscribe(world.database, world.gateway, buyer, planned.id, Interval.MONTH, **ask)
    assert len(world.sandbox.client().v1.checkout.sessions.list().data) == 1
