"""kill -9 after Stripe has done what it was asked and before we know of it: given back, sent, taken back, paid out."""

from datetime import timedelta

import pytest

from polidat.access import HOLD_LEASE, add_credit, free_expired_holds, wallets_of
from polidat.core import MICROS, Money
from polidat.payments import pay_out, seller_payouts, send_refund, send_transfer, take_back, transfers_of
from tests.payments.test_killed import killed
from tests.payments.world import World, now

EVENTS = ("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")
AT_ONCE = "4000000000000077"


@pytest.fixture
def sold(world: World):
    buyer = world.person("buyer")
    seller = world.seller()
    order = world.order(buyer, world.listing(seller))
    world.pay(world.open_page(world.link(buyer, order)), AT_ONCE)
    world.settle(*EVENTS)
    return buyer, seller, order


@pytest.fixture
def cart(world: World):
    sellers = [world.seller(name) for name in ("ann", "ben")]
    listings = [world.listing(each, 5_000, title=f"Data of {each.email}") for each in sellers]
    return sellers, world.bought(world.person("buyer"), *listings)


def test_killed_after_the_refund_was_asked_the_buyer_is_paid_once(world: World, sold):
    _, seller, order = sold
    refund = world.refund(seller, order)
    world.queue.deferred.clear()  # its job dies with its process, and is run again

    killed(world, "refund asked", refund.public_id)

    assert world.rows("select state from refund") == [("requested",)]
    for _ in range(2):
        send_refund(world.database, world.gateway, refund.public_id, now=now())
    assert len(world.sandbox.client().v1.refunds.list().data) == 1
    assert world.rows("select state from refund") == [("succeeded",)]
    assert world.books() == {("A:stripe", "usd"): -320, ("X:stripe_fee", "usd"): 320}
    world.agrees_with_stripe()


def test_killed_after_a_transfer_was_sent_the_seller_is_paid_once(world: World, cart):
    _, order = cart
    world.receive(world.deliveries(*EVENTS))
    world.work_until("payments.send_transfer")
    with world.database.reading() as session:
        first, _ = transfers_of(session, order.public_id)

    killed(world, "transfer sent", first.public_id)

    assert world.rows("select count(*) from transfer where stripe_id is not null") == [(0,)]
    world.work()
    send_transfer(world.database, world.gateway, first.public_id, now=now())
    assert len(world.sandbox.client().v1.transfers.list().data) == 2
    assert not [key for key in world.books() if key[0].startswith(("L:seller", "C:"))]
    world.agrees_with_stripe()


def test_killed_after_a_part_was_taken_back_it_is_taken_once(world: World, cart):
    sellers, order = cart
    world.settle(*EVENTS)
    world.refund(world.operator(), order, {2: 5_000})
    world.work_until("payments.take_back")
    ((_, arguments),) = world.queue.deferred
    killed(world, "part taken back", "{transfer_ref} {amount_minor} {cause}".format(**arguments))

    assert world.balance(f"A:seller_recv:{sellers[1].id}") > 0
    for _ in range(2):
        take_back(world.database, world.gateway, **arguments, now=now())
    assert world.balance(f"A:seller_recv:{sellers[1].id}") == 0
    world.agrees_with_stripe()


def test_killed_after_a_payout_was_asked_it_is_paid_out_once(world: World, sold):
    _, seller, _ = sold
    killed(world, "payout asked", f"{seller.id} click")

    pay_out(world.database, world.gateway, seller, Money(8_500, "usd"), method="standard", key="click")
    assert len(seller_payouts(world.database, world.gateway, seller)) == 1


def test_killed_in_a_paid_run_the_hold_ends_with_its_lease(world: World, sold):
    buyer, seller, _ = sold
    ((dataset,),) = world.rows("select dataset_id from listing")
    with world.database.unit_of_work() as session:
        add_credit(session, buyer.id, Money(1, "usd"), origin="C:order:test", key="test", at=now())

    killed(world, "run reserved", f"{buyer.id} {dataset} {seller.id}")

    def held() -> int:
        with world.database.reading() as session:
            return wallets_of(session, buyer)[0].held_micros

    assert held() == MICROS
    with world.database.unit_of_work() as session:
        assert free_expired_holds(session, now=now() + HOLD_LEASE + timedelta(seconds=1)) == 1
    assert held() == 0
