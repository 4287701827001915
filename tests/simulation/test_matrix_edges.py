"""Money at its edges: paid twice, given back twice, and what is left over; every case ends with clean books."""

import pytest

from polidat.catalog import Interval, PlanOffer, set_plans, stores_of
from polidat.core import Invalid, Money
from polidat.orders import NothingToRefund, my_subscriptions, pay_hosting, subscribe, sync_subscription
from polidat.payments import RefundTooLarge, request_refund
from tests.payments.world import RETURN_URL, World, now
from tests.simulation.storm import persistently
from tests.stripe_sandbox.conftest import eventually


def finish_both(world: World, who, checkouts) -> list[str]:
    """Pay two checkouts, look at both as the return page does, and return how the subscriptions stand then."""
    for _, url in checkouts:
        assert world.pay(url).status_code == 303
    for _ in range(2):
        for ref, _ in checkouts:
            persistently(lambda ref=ref: sync_subscription(world.database, world.gateway, who, ref, now=now()))
        world.settle()
    with world.database.reading() as session:
        stands = {each.public_id: each.state for each in my_subscriptions(session, who)}
    return [stands[ref] for ref, _ in checkouts]


def clean(world: World) -> dict[tuple[str, str], int]:
    """Every account that is not at zero, none of them a clearing account; Stripe agrees."""
    world.agrees_with_stripe()
    books = world.books()
    assert [code for code, _ in books if code.startswith("C:")] == []
    return books


def test_two_open_checkouts_of_one_hosting_are_paid_once(world: World, seller, listing):
    with world.database.reading() as session:
        slug = stores_of(session, seller)[0].slug
    asked = {"return_url": RETURN_URL, "now": now()}
    checkouts = [pay_hosting(world.database, world.gateway, seller, slug, key=key, **asked) for key in "ab"]

    assert finish_both(world, seller, checkouts) == ["active", "canceled"]

    assert world.rows("select amount_minor, state from refund") == [(2_900, "succeeded")]
    assert clean(world)[f"L:deferred_hosting:{seller.id}", "usd"] == -2_900
    assert world.rows("select count(*) from mail where subject like '%paid twice'") == [(1,)]


def test_two_open_checkouts_of_one_subscription_are_paid_once(world: World, buyer, seller):
    listing = world.listing(seller, commission_bps=2_000)
    with world.database.unit_of_work() as session:
        offers = {Interval.MONTH: PlanOffer(Money(2_000, "usd")), Interval.YEAR: PlanOffer(Money(20_000, "usd"))}
        set_plans(session, seller, listing.id, offers)
    asked = {"return_url": RETURN_URL, "now": now(), "agreed": world.agreeing(buyer, listing)}
    checkouts = [
        subscribe(world.database, world.gateway, buyer, listing.id, interval, key=interval, **asked)
        for interval in (Interval.MONTH, Interval.YEAR)
    ]

    assert finish_both(world, buyer, checkouts) == ["active", "canceled"]

    assert world.rows("select amount_minor, state from refund") == [(20_000, "succeeded")]
    assert world.rows("select state from entitlement") == [("active",)]
    assert clean(world)["R:commission", "usd"] == -400


def closed(world: World) -> int:
    return world.listener.types().count("charge.dispute.closed")


def disputed(world: World, outcome: str, **how) -> None:
    charge, before = world.sandbox.client().v1.charges.list().data[0], closed(world)
    found = world.sandbox.control(f"charges/{charge.id}/dispute", how)["id"]
    world.settle("charge.dispute.created")
    world.sandbox.control(f"disputes/{found}/decide", {"outcome": outcome})
    eventually(lambda: closed(world) > before)
    world.settle("charge.dispute.closed")


def test_what_a_bank_keeps_of_a_part_limits_what_else_goes_back(world: World, buyer, seller, sold):
    disputed(world, "lost", amount=4_000)

    assert world.rows("select state from entitlement") == [("active",)], "as after a partial refund"
    with pytest.raises(Invalid, match="6000 minor units left"):
        world.refund(seller, sold, {1: 6_001})
    charge = world.read(buyer, sold).paid_charge
    with pytest.raises(RefundTooLarge), world.database.unit_of_work() as session:
        request_refund(session, charge, Money(6_001, "usd"), now=now())
    assert world.refund(seller, sold).amount == Money(6_000, "usd")
    with pytest.raises(NothingToRefund):
        world.refund(seller, sold)
    clean(world)


def test_two_disputes_over_parts_end_the_line_together(world: World, buyer, seller, sold):
    for amount in (4_000, 6_000):
        disputed(world, "lost", amount=amount)

    assert world.rows("select amount_minor from dispute_line order by 1") == [(4_000,), (6_000,)]
    assert world.rows("select state from entitlement") == [("revoked",)]
    assert clean(world)["X:dispute_fee", "usd"] == 3_000
