"""What stops a parcel, what does not, and that one parcel never stops another."""

from datetime import timedelta

import pytest

from polidat.access import GrantState, grant_state, may_read
from polidat.catalog import ShippingOffer, set_shipping
from polidat.core import Conflict, Money
from polidat.orders import ShipmentState, cancel_shipment, end_shipments
from polidat.payments import refunds_of, sync_subject
from tests.payments.world import World, now

MONTH = timedelta(days=31)
ADDRESS = {
    "ship_name": "Ada Buyer",
    "ship_line1": "Ringstraße 77",
    "ship_city": "Wien",
    "ship_postal_code": "1010",
    "ship_country": "AT",
}


@pytest.fixture
def buyer(world: World):
    return world.person("buyer")


@pytest.fixture
def seller(world: World):
    return world.seller()


def good(world: World, seller, *, title: str = "Atlas", with_data: bool = False):
    """A good over 100.00 that ships for 5.00."""
    listing = world.listing(seller, title=title)
    with world.database.unit_of_work() as session:
        set_shipping(session, seller, listing.id, ShippingOffer(Money(500, "usd"), ("AT",), with_data), now=now())
    return listing


def paid(world: World, buyer, *listings, key: str = "click-1"):
    order = world.order(buyer, *listings, key=key)
    assert world.pay(world.open_page(world.link(buyer, order)), **ADDRESS).status_code == 303
    sync_subject(world.database, world.gateway, order.public_id, now=now())
    return world.read(buyer, order)


def parcel_of(world: World, buyer, order):
    return world.read(buyer, order).lines[0].shipment


def end(world: World, *, after: timedelta = MONTH) -> int:
    with world.database.unit_of_work() as session:
        return end_shipments(session, now=now() + after)


def given_back(world: World, order) -> list[Money]:
    with world.database.reading() as session:
        return [each.amount for each in refunds_of(session, order.public_id)]


def test_who_has_the_data_already_cannot_cancel_and_keep_it(world: World, buyer, seller):
    atlas = good(world, seller, with_data=True)
    order = paid(world, buyer, atlas)
    with world.database.reading() as session:
        assert may_read(session, buyer, atlas.dataset_id)

    with pytest.raises(Conflict, match="Ask the seller"), world.database.unit_of_work() as session:
        cancel_shipment(session, buyer, order.public_id, 1, now=now())

    assert parcel_of(world, buyer, order).state == ShipmentState.RECEIVED
    assert given_back(world, order) == []


@pytest.mark.parametrize("who", ["seller", "operator", "nobody"])
def test_with_data_others_still_cancel_and_all_goes_back(world: World, buyer, seller, who):
    order = paid(world, buyer, good(world, seller, with_data=True))
    if who == "nobody":
        assert end(world) == 1
    else:
        by = seller if who == "seller" else world.operator()
        with world.database.unit_of_work() as session:
            cancel_shipment(session, by, order.public_id, 1, "It is out of print.", now=now())

    assert parcel_of(world, buyer, order).state == ShipmentState.CANCELED
    assert given_back(world, order) == [Money(10_500, "usd")]
    with world.database.reading() as session:
        assert grant_state(session, f"{order.public_id}:1") == GrantState.REVOKED
