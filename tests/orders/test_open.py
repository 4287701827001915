"""What was paid and waits for somebody to agree opens when they did."""

import pytest
from sqlalchemy import text

from polidat.access import may_read
from polidat.catalog import Agreed, LicenceNotAccepted
from polidat.orders import NoSuchOrder, OrderState, WaitsAlready, accept_for_order
from tests.payments.world import World, now

PAID_EVENTS = ("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")


@pytest.fixture
def buyer(world: World):
    return world.person("buyer")


def test_an_order_older_than_its_licence_opens_once_that_is_accepted(world: World, buyer):
    listing = world.listing(world.seller())
    order = world.bought(buyer, listing)
    with world.database.unit_of_work() as session:
        session.execute(text("update order_line set acceptance_id = null"))
        session.execute(text("delete from licence_acceptance"))
    agreed = world.agreeing(buyer, listing)

    world.settle(*PAID_EVENTS)

    assert world.read(buyer, order).state == OrderState.PAID
    assert world.rows("select state from entitlement") == [("pending",)]
    with pytest.raises(WaitsAlready):
        world.order(buyer, listing, key="again")
    with world.database.unit_of_work() as session:
        assert not may_read(session, buyer, listing.dataset_id)
        with pytest.raises(LicenceNotAccepted):
            accept_for_order(session, buyer, order.public_id, Agreed(), now=now())
        with pytest.raises(NoSuchOrder):
            accept_for_order(session, world.person("other"), order.public_id, agreed, now=now())
    with world.database.unit_of_work() as session:
        accept_for_order(session, buyer, order.public_id, agreed, now=now())
    with world.database.reading() as session:
        assert may_read(session, buyer, listing.dataset_id)
    assert world.read(buyer, order).state == OrderState.FULFILLED
