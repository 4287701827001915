"""A purchase from the click to the last cent, whatever happens to its webhooks."""

import itertools
import threading

import pytest

from polidat.access import may_read
from polidat.catalog import CommissionKind, NewRule, RuleScope, add_rule
from polidat.orders import OrderState, owed_to, receipts_of, sales_of, sync_order
from polidat.payments import process_event, sweep, sync_payment
from tests.payments.world import DECLINED, POOR, World, now

PAID_EVENTS = ("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")
SOLD = {("A:stripe", "usd"): 1_180, ("X:stripe_fee", "usd"): 320, ("R:commission", "usd"): -1_500}


@pytest.fixture
def buyer(world: World):
    return world.person("buyer")


@pytest.fixture
def seller(world: World):
    return world.seller()


@pytest.fixture
def listing(world: World, seller):
    return world.listing(seller)


def assert_sold(world: World, buyer, listing, order) -> None:
    """The one end every path leads to."""
    assert world.read(buyer, order).state == OrderState.FULFILLED
    assert world.books() == SOLD
    assert world.rows("select order_line, state, kind from entitlement") == [
        (f"{order.public_id}:1", "active", "purchase")
    ]
    assert world.rows("select kind, count(*) from ledger_txn group by kind order by kind") == [
        ("application_fee", 1),
        ("charge", 1),
        ("sale", 1),
        ("transfer", 1),
    ]
    with world.database.reading() as session:
        assert may_read(session, buyer, listing.dataset_id)
    world.agrees_with_stripe()


def test_case_01_a_purchase_ends_with_access_and_every_cent_in_its_place(world: World, buyer, seller, listing):
    order = world.bought(buyer, listing)
    assert world.read(buyer, order).state == OrderState.AWAITING_PAYMENT

    world.receive(world.deliveries(*PAID_EVENTS))
    world.work()

    assert_sold(world, buyer, listing, order)
    legs = world.rows(
        "select t.idem_key, t.kind, a.code, e.amount from ledger_entry e join ledger_txn t on t.id = e.txn_id "
        "join ledger_account a on a.id = e.account_id order by t.id, e.seq"
    )
    clearing, payable = f"C:order:{order.public_id}", f"L:seller:{seller.id}"
    assert [each[1:] for each in legs] == [
        ("charge", "A:stripe", 9_680),
        ("charge", "X:stripe_fee", 320),
        ("charge", clearing, -10_000),
        ("transfer", payable, 10_000),
        ("transfer", "A:stripe", -10_000),
        ("application_fee", "A:stripe", 1_500),
        ("application_fee", payable, -1_500),
        ("sale", clearing, 10_000),
        ("sale", payable, -8_500),
        ("sale", "R:commission", -1_500),
    ]
    assert [key.partition(":")[0] for key, *_ in legs] == ["bt"] * 7 + ["alloc"] * 3
    assert legs[-1][0] == f"alloc:{order.public_id}:1"
    with world.database.reading() as session:
        assert owed_to(session, seller)[0].minor == 0
        (sale,) = sales_of(session, seller)
        (receipt,) = receipts_of(session, buyer, order.public_id)
    assert (str(sale.price), str(sale.commission), sale.order) == ("100.00 USD", "15.00 USD", order.public_id)
    assert (str(receipt.amount), receipt.fee_minor) == ("100.00 USD", 1_500)
    assert "$100.00" in world.sandbox.web.get(receipt.receipt_url).text
    facts = [kind for (kind,) in world.rows("select kind from event_staging order by id")]
    assert facts[-3:] == ["payments.PaymentSettled", "access.AccessGranted", "orders.OrderPaid"]


def test_case_08_the_return_page_alone_settles_an_order(world: World, buyer, listing):
    order = world.bought(buyer, listing)

    synced = sync_order(world.database, world.gateway, buyer, order.public_id, now=now())

    assert synced.is_fulfilled
    assert_sold(world, buyer, listing, order)


@pytest.mark.parametrize("first", ["webhook", "return page"])
def test_webhook_and_return_page_may_come_in_any_order(world: World, buyer, listing, first):
    order = world.bought(buyer, listing)

    def by_webhook():
        world.receive(world.deliveries(*PAID_EVENTS))
        world.work()

    def by_return():
        sync_order(world.database, world.gateway, buyer, order.public_id, now=now())

    for step in (by_webhook, by_return) if first == "webhook" else (by_return, by_webhook):
        step()

    assert_sold(world, buyer, listing, order)


def test_case_06_every_delivery_three_times_is_one_sale(world: World, buyer, listing):
    order = world.bought(buyer, listing)
    world.deliveries(*PAID_EVENTS)

    first, second, third = (world.receive(world.deliveries(*PAID_EVENTS)) for _ in range(3))
    world.work()

    assert (any(first), any(second), any(third)) == (True, False, False)
    assert_sold(world, buyer, listing, order)


def test_case_07_events_in_every_order_are_the_same_sale(world: World, buyer, seller):
    for number, turn in enumerate(itertools.permutations(range(3))):
        listing = world.listing(seller, title=f"Polls {number}")
        order = world.bought(buyer, listing, key=f"click-{number}")
        deliveries = [world.deliveries(kind)[-1] for kind in PAID_EVENTS]
        for place in turn:
            world.receive([deliveries[place]])
            world.work()

        assert world.read(buyer, order).is_fulfilled
        assert world.books() == {key: minor * (number + 1) for key, minor in SOLD.items()}
        world.listener.got.clear()


def test_case_10_when_every_webhook_is_lost_the_sweeper_finds_the_sale(world: World, buyer, listing):
    world.sandbox.control("deliveries", {"mode": "off"})
    order = world.bought(buyer, listing)

    swept = sweep(world.database, world.gateway, now=now())
    world.work()

    assert swept.missed >= 3
    assert swept.open == 1
    assert_sold(world, buyer, listing, order)
    again = sweep(world.database, world.gateway, now=now())
    assert (again.missed, again.open) == (0, 0)


def test_a_late_webhook_after_the_sweeper_changes_nothing(world: World, buyer, listing):
    order = world.bought(buyer, listing)
    sweep(world.database, world.gateway, now=now())
    world.work()

    assert not any(world.receive(world.deliveries(*PAID_EVENTS)))
    world.work()

    assert_sold(world, buyer, listing, order)


@pytest.mark.parametrize("card", [DECLINED, POOR])
def test_case_03_a_declined_card_and_then_a_good_one_are_one_sale(world: World, buyer, listing, card):
    order = world.order(buyer, listing)
    page = world.open_page(world.link(buyer, order))

    assert world.pay(page, card).status_code == 402
    world.receive(world.deliveries("charge.failed", "payment_intent.payment_failed"))
    world.work()
    refused = world.read(buyer, order)
    assert world.books() == {}
    assert world.pay(page).status_code == 303
    world.receive(world.deliveries(*PAID_EVENTS))
    world.work()

    assert refused.state == OrderState.AWAITING_PAYMENT
    assert refused.problem.startswith("Your card")
    assert world.read(buyer, order).problem == ""
    assert_sold(world, buyer, listing, order)
    assert world.rows("select state from charge order by charged_at, state") == [("failed",), ("settled",)]


def test_case_09_a_buyer_who_never_returns_has_bought_all_the_same(world: World, buyer, listing):
    order = world.bought(buyer, listing)

    world.receive(world.deliveries("charge.succeeded"))
    world.work()

    assert_sold(world, buyer, listing, order)


def test_a_sale_and_its_refunds_go_by_the_rule_that_held_when_it_was_ordered(world: World, buyer, seller, listing):
    operator, kind = world.operator(), CommissionKind.SALE
    with world.database.unit_of_work() as session:
        add_rule(
            session, operator, NewRule(kind, 500, RuleScope.LISTING, listing.slug, "usd", 30, 100, 2_000), now=now()
        )
    order = world.order(buyer, listing)
    with world.database.unit_of_work() as session:
        add_rule(session, operator, NewRule(kind, 5_000, RuleScope.LISTING, listing.slug, "usd"), now=now())
    world.pay(world.open_page(world.link(buyer, order)))
    world.settle(*PAID_EVENTS)

    assert world.balance("R:commission") == -530
    for minor in (3_333, 3_333, 3_334):
        world.refund(seller, order, {1: minor})
        world.work()
        world.settle("charge.refunded")
    assert world.balance("R:commission") == 0
    world.agrees_with_stripe()


@pytest.mark.parametrize(("bps", "commission"), [(0, 0), (1_250, 1_250), (10_000, 10_000)])
def test_a_store_may_have_its_own_commission(world: World, buyer, seller, bps, commission):
    listing = world.listing(seller, commission_bps=bps)
    order = world.bought(buyer, listing)

    sync_order(world.database, world.gateway, buyer, order.public_id, now=now())

    assert world.balance("R:commission") == -commission
    assert world.owed(seller).minor == 0
    assert world.read(buyer, order).is_fulfilled
    world.agrees_with_stripe()


def test_case_17_the_fee_found_on_the_charge_is_posted_not_the_rule_of_today(world: World, buyer, seller, listing):
    order = world.order(buyer, listing)
    url = world.link(buyer, order)
    ((link_id,),) = world.rows("select link_id from payment")
    world.sandbox.client().v1.payment_links.update(link_id, {"application_fee_amount": 2_000})
    world.pay(world.open_page(url))

    sync_order(world.database, world.gateway, buyer, order.public_id, now=now())

    assert world.balance("R:commission") == -2_000
    assert world.owed(seller).minor == 0
    assert world.read(buyer, order).is_fulfilled
    world.agrees_with_stripe()


@pytest.mark.parametrize(
    ("currency", "price", "fee", "commission"), [("jpy", 10_000, 360, 1_500), ("kwd", 5_120, 190, 760)]
)
def test_case_54_currencies_without_cents_or_with_more_keep_their_minor_units(
    world: World, buyer, seller, currency, price, fee, commission
):
    listing = world.listing(seller, price, currency)
    order = world.bought(buyer, listing)

    sync_order(world.database, world.gateway, buyer, order.public_id, now=now())

    assert world.books() == {
        ("A:stripe", currency): commission - fee,
        ("X:stripe_fee", currency): fee,
        ("R:commission", currency): -commission,
    }
    assert world.read(buyer, order).is_fulfilled


def test_several_datasets_of_one_seller_are_one_payment_and_a_sale_each(world: World, buyer, seller):
    listings = [world.listing(seller, price, title=f"Data {price}") for price in (6_000, 2_500, 1_499)]
    order = world.bought(buyer, *listings)

    sync_order(world.database, world.gateway, buyer, order.public_id, now=now())

    assert world.read(buyer, order).is_fulfilled
    assert world.rows("select count(*) from entitlement") == [(3,)]
    assert world.rows("select count(*) from ledger_txn where kind = 'sale'") == [(3,)]
    assert world.books() == {
        ("A:stripe", "usd"): 1_500 - 320,
        ("X:stripe_fee", "usd"): 320,
        ("R:commission", "usd"): -1_500,
    }
    world.agrees_with_stripe()


def test_webhooks_return_page_and_sweeper_at_the_same_time_are_one_sale(world: World, buyer, listing):
    order = world.bought(buyer, listing)
    world.receive(world.deliveries(*PAID_EVENTS))
    events = [event_id for (event_id,) in world.rows("select id from stripe_event where state = 'received'")]
    ((ref,),) = world.rows("select public_id from payment")
    tasks = [lambda each=each: process_event(world.database, world.gateway, each, now=now()) for each in events]
    tasks += [lambda: sync_order(world.database, world.gateway, buyer, order.public_id, now=now())] * 3
    tasks += [lambda: sync_payment(world.database, world.gateway, ref, now=now())] * 3
    start, failed = threading.Barrier(len(tasks)), []

    def run(task):
        start.wait()
        try:
            task()
        except Exception as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert_sold(world, buyer, listing, order)
