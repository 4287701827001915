"""The sweeper is the guarantee: whatever no webhook told is found, and the books say what Stripe says."""

from datetime import timedelta

import pytest

from polidat.orders import sync_order
from polidat.payments import sweep
from tests.payments.world import World, now


@pytest.fixture
def sale(world: World):
    """An order that is paid and settled."""
    buyer = world.person("buyer")
    order = world.bought(buyer, world.listing(world.seller()))
    return buyer, sync_order(world.database, world.gateway, buyer, order.public_id, now=now())


def test_with_nothing_to_find_nothing_is_queued(world: World):
    swept = sweep(world.database, world.gateway, now=now())

    assert (swept.missed, swept.stuck, swept.open, swept.unbooked) == (0, 0, 0, 0)
    assert world.queue.deferred == []


def test_a_refund_made_at_stripe_is_found_and_shared_without_a_webhook(world: World, sale):
    charge = world.sandbox.client().v1.charges.list().data[0]
    world.sandbox.client().v1.refunds.create(
        {"charge": charge.id, "reverse_transfer": True, "refund_application_fee": True}
    )

    for _ in range(2):
        sweep(world.database, world.gateway, now=now())
        world.work()

    world.agrees_with_stripe()
    assert world.books() == {("A:stripe", "usd"): -320, ("X:stripe_fee", "usd"): 320}
    assert world.rows("select state from entitlement") == [("revoked",)]


def test_a_sale_that_is_still_not_booked_after_hours_is_counted(world: World):
    buyer = world.person("buyer")
    world.bought(buyer, world.listing(world.seller()))

    soon = sweep(world.database, world.gateway, now=now())
    late = sweep(world.database, world.gateway, now=now() + timedelta(hours=3))
    world.work()
    then = sweep(world.database, world.gateway, now=now() + timedelta(hours=3))

    assert (soon.unbooked, late.unbooked, then.unbooked) == (0, 3, 0)
    told = world.rows("select payload ->> 'movements' from event_staging where kind = 'payments.MoneyUnbooked'")
    assert told == [("3",)]
    world.agrees_with_stripe()


def test_every_movement_is_mirrored_even_before_it_is_booked(world: World):
    world.bought(world.person("buyer"), world.listing(world.seller()))

    sweep(world.database, world.gateway, now=now())

    assert world.rows("select count(*), sum(net_minor) from stripe_bt") == [(3, 1_180)]


def test_a_sweep_looks_back_further_than_the_last_one(world: World, sale):
    sweep(world.database, world.gateway, now=now())
    ((marked,),) = world.rows("select swept_at from stripe_sweep")
    asked = []

    class Noting(type(world.gateway)):
        def events_since(self, since):
            asked.append(since)
            return super().events_since(since)

    sweep(world.database, Noting("sk_test_sim", base_url=world.sandbox.url), now=now())

    assert asked == [marked - timedelta(hours=1)]
