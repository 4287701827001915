"""What stops a parcel, what does not, and that one parcel never stops another."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from polidat.access import GrantState, grant_state, may_read
from polidat.catalog import Delivery, ShippingOffer, set_shipping
from polidat.core import Conflict, Invalid, Money
from polidat.orders import (
    OrderState,
    RuleMode,
    ShipmentState,
    add_to_cart,
    cancel_shipment,
    cart_cost,
    cart_of,
    decide_finding,
    end_shipments,
    flagged_orders,
    open_findings,
    set_rule_mode,
    settle_alert,
    ship,
    ship_line,
)
from polidat.payments import refunds_of, request_refund, sync_subject
from polidat.people import register
from tests.conftest import NOON
from tests.factories import ordered, ordered_cart
from tests.orders.test_place import listed
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
        set_shipping(session, seller, listing.id, ShippingOffer.flat(Money(500, "usd"), ("AT",), with_data), now=now())
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


def held_by_fraud(world: World, operator):
    with world.database.unit_of_work() as session:
        set_rule_mode(session, operator, "F1", RuleMode.ACTIVE).threshold = 1
        set_rule_mode(session, operator, "F7", RuleMode.OFF)


def confirm(world: World, operator) -> None:
    with world.database.unit_of_work() as session:
        (finding,) = open_findings(session, operator)
        decide_finding(session, operator, finding.id, fraud=True, now=now())


def dispute(world: World) -> str:
    charge = world.sandbox.client().v1.charges.list().data[0]
    opened = world.sandbox.control(f"charges/{charge.id}/dispute")["id"]
    world.settle("charge.dispute.created", "charge.dispute.funds_withdrawn")
    return opened


def lose(world: World, dispute_id: str) -> None:
    world.sandbox.control(f"disputes/{dispute_id}/decide", {"outcome": "lost"})
    world.settle("charge.dispute.closed")


def test_confirmed_fraud_stops_what_is_not_sent(world: World, buyer, seller):
    operator = world.operator()
    held_by_fraud(world, operator)
    order = paid(world, buyer, good(world, seller))
    assert end(world) == 0
    confirm(world, operator)

    parcel = parcel_of(world, buyer, order)
    assert (parcel.state, parcel.why) == (ShipmentState.CANCELED, "The payment was found to be fraud.")
    assert world.read(buyer, order).state == OrderState.DECLINED
    with pytest.raises(Conflict, match="canceled by now"), world.database.unit_of_work() as session:
        ship_line(session, seller, order.public_id, 1, "other", "", now=now())
    assert end(world, after=timedelta(days=91)) == 0
    assert parcel_of(world, buyer, order).ship_to is None


@pytest.mark.parametrize("ended_by", ["fraud", "dispute"])
def test_what_was_sent_before_its_money_was_lost_ends_and_its_address_is_forgotten(
    world: World, buyer, seller, ended_by
):
    operator = world.operator()
    atlas = good(world, seller)
    if ended_by == "fraud":
        held_by_fraud(world, operator)
    order = paid(world, buyer, atlas)
    with world.database.unit_of_work() as session:  # it was on its way before anybody had a doubt
        session.execute(text("update shipment set state = 'shipped', carrier = 'other', shipped_at = paid_at"))
    opened = dispute(world) if ended_by == "dispute" else ""
    assert end(world, after=timedelta(days=15)) == 0
    if opened:
        lose(world, opened)
    else:
        confirm(world, operator)

    assert end(world, after=timedelta(days=15)) == 1
    assert parcel_of(world, buyer, order).state == ShipmentState.DELIVERED
    assert world.read(buyer, order).state == OrderState.FULFILLED
    end(world, after=timedelta(days=106))
    assert parcel_of(world, buyer, order).ship_to is None


def test_a_lost_dispute_stops_what_is_not_sent(world: World, buyer, seller):
    order = paid(world, buyer, good(world, seller))
    lose(world, dispute(world))

    assert parcel_of(world, buyer, order).state == ShipmentState.CANCELED
    assert world.rows("select 1 from entitlement_hold") == []


def test_what_rests_never_keeps_the_job_from_others(world: World, buyer, seller, monkeypatch):
    monkeypatch.setattr(ship, "_BATCH", 1)
    atlas = good(world, seller)
    rests = paid(world, buyer, atlas)
    dispute(world)
    free = paid(world, buyer, atlas, key="click-2")

    assert end(world) == 1
    assert parcel_of(world, buyer, rests).state == ShipmentState.RECEIVED
    assert parcel_of(world, buyer, free).state == ShipmentState.CANCELED


def half_refunded_elsewhere(world: World, order) -> None:
    """A refund that was made in Stripe's dashboard and is not booked: of which line it is nobody knows yet."""
    with world.database.unit_of_work() as session:
        request_refund(session, order.paid_charge, Money(5_000, "usd"), now=now())


@pytest.mark.parametrize("batch", [100, 1])
def test_a_parcel_that_cannot_be_given_back_calls_the_operator_once_and_stops_no_other(
    world: World, buyer, seller, monkeypatch, batch
):
    monkeypatch.setattr(ship, "_BATCH", batch)
    operator, atlas = world.operator(), good(world, seller)
    stuck, free = paid(world, buyer, atlas), paid(world, buyer, atlas, key="click-2")
    half_refunded_elsewhere(world, stuck)

    assert end(world) == 1

    assert parcel_of(world, buyer, free).state == ShipmentState.CANCELED
    assert given_back(world, free) == [Money(10_500, "usd")]
    assert parcel_of(world, buyer, stuck).state == ShipmentState.RECEIVED
    assert given_back(world, stuck) == [Money(5_000, "usd")]
    with world.database.reading() as session:
        assert grant_state(session, f"{stuck.public_id}:1") == GrantState.PENDING
        assert [each.public_id for each in flagged_orders(session, operator)] == [stuck.public_id]
    said = world.read(buyer, stuck).alert
    assert "“Atlas”" in said
    assert "55.00 USD of this payment is left" in said

    assert end(world) == 0
    assert world.read(buyer, stuck).alert == said
    with world.database.unit_of_work() as session:
        settle_alert(session, operator, stuck.public_id)
    assert end(world) == 0
    assert world.read(buyer, stuck).alert == ""
    assert world.rows("select count(*) from event_staging where kind = 'orders.OrderFlagged'") == [(1,)]


def mail_of(world: World, subject: str) -> str:
    with world.database.reading() as session:
        (body,) = session.scalars(text("select body from mail where subject = :subject"), {"subject": subject}).all()
        return body


def test_the_mail_of_a_canceled_parcel_names_what_is_left(world: World, buyer, seller):
    order = paid(world, buyer, good(world, seller))
    world.refund(seller, order, {1: 2_000})
    world.work()
    with world.database.unit_of_work() as session:
        cancel_shipment(session, seller, order.public_id, 1, "It is out of print.", now=now())

    assert sorted(given_back(world, order), key=lambda each: each.minor) == [Money(2_000, "usd"), Money(8_500, "usd")]
    said = mail_of(world, "“Atlas” is not sent")
    assert "You get 85.00 USD back." in said
    assert "105.00" not in said


def test_the_mail_promises_nothing_that_the_bank_has_given_back(world: World, buyer, seller):
    order = paid(world, buyer, good(world, seller))
    lose(world, dispute(world))
    with world.database.unit_of_work() as session:  # as it stood where the dispute was of something else
        session.execute(text("update shipment set state = 'received'"))
        session.execute(text("update customer_order set state = 'paid'"))
    with world.database.unit_of_work() as session:
        cancel_shipment(session, seller, order.public_id, 1, "It is out of print.", now=now())

    assert given_back(world, order) == []
    assert "back" not in mail_of(world, "“Atlas” is not sent")


def test_the_way_a_buyer_chooses_is_paid_shown_and_kept(world: World, buyer, seller):
    atlas = good(world, seller)
    ways = [Delivery("By post", Money(500, "usd"), ["AT"], (3, 5)), Delivery(" By  night ", Money(2_000, "usd"))]
    with world.database.unit_of_work() as session:
        set_shipping(session, seller, atlas.id, ShippingOffer([ways[0], replace(ways[1], days=(1, 1))]), now=now())
        with pytest.raises(Invalid, match="Choose one of: By post, By night"):
            ordered(session, buyer, [atlas.id], key="k", deliveries={atlas.id: "By ship"}, now=now())
        add_to_cart(session, buyer, atlas.id, now=now())
        assert cart_cost(session, cart_of(session, buyer))[1] == Money(500, "usd")
        add_to_cart(session, buyer, atlas.id, delivery="By night", now=now())
        assert cart_cost(session, cart_of(session, buyer))[1] == Money(2_000, "usd")
        order = ordered_cart(session, buyer, key="night", now=now())

    assert (order.total, order.commission) == (Money(12_000, "usd"), Money(1_500, "usd"))
    url = world.link(buyer, order)
    (rate,) = world.sandbox.client().v1.shipping_rates.list().data
    assert (rate.display_name, rate.fixed_amount.amount) == ("By night", 2_000)
    assert rate.delivery_estimate.to_dict() == {
        "minimum": {"unit": "business_day", "value": 1}, "maximum": {"unit": "business_day", "value": 1},
    }  # fmt: skip
    assert world.pay(world.open_page(url), **ADDRESS).status_code == 303
    sync_subject(world.database, world.gateway, order.public_id, now=now())
    parcel = parcel_of(world, buyer, order)
    assert (parcel.state, parcel.delivery, parcel.days, parcel.countries) == ("received", "By night", (1, 1), [])


@pytest.mark.parametrize(
    ("ways", "says"),
    [
        ([], "one to 5 ways"),
        ([("A", 1, None)] * 6, "one to 5 ways"),
        ([("", 1, None)], "a name"),
        ([("A", 1, None), (" a", 2, None)], "same name"),
        ([("A", 1, (3, 2))], "working days"),
        ([("A", 1, (0, 91))], "working days"),
    ],
)
def test_ways_of_delivery_that_are_none_are_refused(session, ways, says):
    seller = register(session, "s@example.org", now=NOON)
    listing = listed(session, seller)
    offered = [Delivery(name, Money(minor * 100, "usd"), (), days) for name, minor, days in ways]

    with pytest.raises(Invalid, match=says):
        set_shipping(session, seller, listing.id, ShippingOffer(offered), now=NOON)
