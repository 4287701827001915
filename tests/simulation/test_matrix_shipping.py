"""Goods that ship: the address comes with the payment, delivery is the seller's, what is not sent is given back."""

from dataclasses import asdict
from datetime import timedelta

import pytest

from polidat.access import my_datasets
from polidat.catalog import ShippingOffer, set_shipping
from polidat.core import Conflict, Money
from polidat.events import audit_entries
from polidat.orders import (
    OrderState,
    ShipmentState,
    accept_shipment,
    cancel_shipment,
    confirm_receipt,
    end_shipments,
    parcels_of,
    place_order,
    seats_of,
    ship_line,
)
from polidat.payments import reconcile, refresh_mirror, refunds_of, sync_subject
from tests.factories import agreeing
from tests.payments.world import DECLINED, World, now

TOLD = ("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")
STREET = "Ringstraße 77"
ADDRESS = {
    "ship_name": "Ada Buyer",
    "ship_line1": STREET,
    "ship_city": "Wien",
    "ship_postal_code": "1010",
    "ship_country": "AT",
}


@pytest.fixture
def atlas(world: World, seller, listing):
    """A good over 100.00 that ships for 5.00, without data."""
    with world.database.unit_of_work() as session:
        offer = ShippingOffer.flat(Money(500, "usd"), ("AT", "DE"), with_data=False)
        set_shipping(session, seller, listing.id, offer, now=now())
    return listing


def paid(world: World, buyer, *listings, key="click-1", **address):
    order = world.order(buyer, *listings, key=key)
    page = world.open_page(world.link(buyer, order))
    assert world.pay(page, **(ADDRESS | address)).status_code == 303
    world.settle(*TOLD)
    sync_subject(world.database, world.gateway, order.public_id, now=now())
    return world.read(buyer, order)


def states(world: World, buyer, order):
    return [each.shipment.state if each.shipment else None for each in world.read(buyer, order).lines]


def clean(world: World):
    """The books agree with Stripe, and nothing waits on a clearing account."""
    world.agrees_with_stripe()
    assert [code for code, _ in world.books() if code.startswith("C:")] == []
    refresh_mirror(world.database, world.gateway, since=now() - timedelta(days=2))
    with world.database.unit_of_work() as session:
        found = reconcile(session, since=now() - timedelta(days=2), until=now() + timedelta(days=1), now=now())
    assert found.is_clean


def test_a_good_is_paid_accepted_shipped_and_received(world: World, buyer, seller, atlas):
    order = paid(world, buyer, atlas)
    assert order.state == OrderState.PAID
    assert states(world, buyer, order) == [ShipmentState.RECEIVED]
    # 105.00 came in; 15 % of the 100.00, and nothing of the delivery, is the house's
    assert world.balance("R:commission") == -1_500
    assert [each.seller_minor for each in order.lines] == [9_000]
    with world.database.reading() as session:
        assert my_datasets(session, buyer) == []
        (parcel,) = parcels_of(session, seller)
        assert asdict(parcel.shipment.address)["line1"] == STREET
        assert parcels_of(session, world.person("other")) == []

    with world.database.unit_of_work() as session:
        accept_shipment(session, seller, order.public_id, 1, now=now())
    with world.database.unit_of_work() as session:
        ship_line(session, seller, order.public_id, 1, "ups", "1z999aa10123456784", now=now())
    assert states(world, buyer, order) == [ShipmentState.SHIPPED]
    with world.database.unit_of_work() as session:
        confirm_receipt(session, buyer, order.public_id, 1, now=now())

    assert world.read(buyer, order).state == OrderState.FULFILLED
    with world.database.reading() as session:
        traces = [(each.actor_id, each.after["state"]) for each in reversed(audit_entries(session, action="shipment"))]
    assert traces == [
        (None, "received"), (seller.id, "accepted"), (seller.id, "shipped"), (buyer.id, "delivered"),
    ]  # fmt: skip
    clean(world)


def test_no_table_but_the_parcels_has_the_address(world: World, buyer, seller, atlas):
    order = paid(world, buyer, atlas)
    with world.database.unit_of_work() as session:
        ship_line(session, seller, order.public_id, 1, "other", "", now=now())
    tables = [name for (name,) in world.rows("select tablename from pg_tables where schemaname = 'public'")]

    holding = [each for each in tables if world.rows(f"select 1 from {each} as t where t::text like '%{STREET}%'")]

    assert holding == ["shipment"]


def test_a_cart_of_data_and_goods_gives_the_data_at_once(world: World, buyer, seller, atlas):
    other = world.seller("other-seller")
    data = world.listing(other, 2_000, title="Votes")
    order = paid(world, buyer, atlas, data)
    assert order.total == Money(12_500, "usd")
    assert (order.state, states(world, buyer, order)) == (OrderState.PAID, [ShipmentState.RECEIVED, None])
    with world.database.reading() as session:
        assert my_datasets(session, buyer) == [data.dataset_id]
        assert parcels_of(session, other) == []

    with world.database.unit_of_work() as session:
        cancel_shipment(session, seller, order.public_id, 1, "It is out of print.", now=now())
    world.work()
    world.settle("charge.refunded")

    # the line goes back with its delivery; the other one stays
    with world.database.reading() as session:
        given = [each.amount for each in refunds_of(session, order.public_id)]
    assert given == [Money(10_500, "usd")]
    assert world.read(buyer, order).state == OrderState.FULFILLED
    assert world.owed(seller).minor == world.owed(other).minor == 0
    assert world.balance("R:commission") == -300
    clean(world)


@pytest.mark.calm
def test_several_pieces_are_sent_once_and_each_has_its_commission(world: World, buyer, seller, atlas):
    with world.database.unit_of_work() as session:
        agreed = agreeing(session, buyer, atlas.id)
        order = place_order(session, buyer, [atlas.id], key="two", quantities={atlas.id: 2}, agreed=agreed, now=now())
    assert order.total == Money(20_500, "usd")
    assert world.pay(world.open_page(world.link(buyer, order)), **ADDRESS).status_code == 303
    world.settle(*TOLD)

    (line,) = world.read(buyer, order).lines
    assert (line.unit_price, line.goods) == (Money(10_000, "usd"), Money(20_000, "usd"))
    assert world.balance("R:commission") == -3_000
    with world.database.reading() as session:
        assert seats_of(session, buyer, order.public_id) == []  # pieces are not given away by e-mail
    clean(world)


def test_the_buyer_may_cancel_until_the_seller_accepts(world: World, buyer, seller, atlas):
    order = paid(world, buyer, atlas)
    with world.database.unit_of_work() as session:
        cancel_shipment(session, buyer, order.public_id, 1, now=now())
    world.work()
    world.settle("charge.refunded")
    assert world.read(buyer, order).state == OrderState.DECLINED
    assert world.balance("R:commission") == 0
    clean(world)

    again = paid(world, buyer, atlas, key="click-2")
    with world.database.unit_of_work() as session:
        accept_shipment(session, seller, again.public_id, 1, now=now())
    with pytest.raises(Conflict), world.database.unit_of_work() as session:
        cancel_shipment(session, buyer, again.public_id, 1, now=now())


def test_what_nobody_sends_is_given_back_and_what_nobody_confirms_is_received(world: World, buyer, seller, atlas):
    late, sent = paid(world, buyer, atlas), paid(world, buyer, atlas, key="click-2")
    with world.database.unit_of_work() as session:
        ship_line(session, seller, sent.public_id, 1, "dpd", "01234567890123", now=now())
    with world.database.unit_of_work() as session:
        assert end_shipments(session, now=now() + timedelta(days=13)) == 0
    with world.database.unit_of_work() as session:
        assert end_shipments(session, now=now() + timedelta(days=15)) == 1
    assert world.read(buyer, sent).state == OrderState.FULFILLED
    with world.database.unit_of_work() as session:
        assert end_shipments(session, now=now() + timedelta(days=31)) == 1
    world.work()
    world.settle("charge.refunded")

    assert world.read(buyer, late).state == OrderState.DECLINED
    assert world.read(buyer, late).lines[0].shipment.why == "It was not sent in time."
    assert world.balance("R:commission") == -1_500
    clean(world)


def test_while_a_bank_disputes_the_payment_nothing_is_sent(world: World, buyer, seller, atlas):
    order = paid(world, buyer, atlas)
    (charge,) = world.sandbox.client().v1.charges.list().data
    opened = world.sandbox.control(f"charges/{charge.id}/dispute")
    world.settle("charge.dispute.created", "charge.dispute.funds_withdrawn")
    with pytest.raises(Conflict, match="disputes"), world.database.unit_of_work() as session:
        ship_line(session, seller, order.public_id, 1, "other", "", now=now())
    with world.database.unit_of_work() as session:
        assert end_shipments(session, now=now() + timedelta(days=40)) == 0

    world.sandbox.control(f"disputes/{opened['id']}/decide", {"outcome": "lost"})
    world.settle("charge.dispute.closed")
    assert states(world, buyer, order) == [ShipmentState.CANCELED]
    assert world.balance(f"C:dispute:{opened['id']}") == 0
    world.agrees_with_stripe()


def test_the_address_of_a_second_payment_is_kept_nowhere(world: World, buyer, atlas):
    order = world.order(buyer, atlas)
    url = world.link(buyer, order)
    first, second = world.open_page(url), world.open_page(url)
    assert world.pay(first, DECLINED, **ADDRESS).status_code == 402
    assert world.pay(first, **ADDRESS).status_code == 303
    world.pay(second, **(ADDRESS | {"ship_line1": "Elsewhere 5"}))
    world.settle(*TOLD)

    assert world.rows("select 1 from payment where ship_to is not null") == []
    assert world.read(buyer, order).lines[0].shipment.address.line1 == STREET
