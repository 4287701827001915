"""Money that does not fit is never dropped: it is in the books, and an operator is told."""

from datetime import timedelta

import pytest

from polidat.access import may_read
from polidat.core import NotAllowed
from polidat.ledger import balance_of
from polidat.orders import OrderState, expire_orders, flagged_orders, fulfil_paid, give_back_unfitting, sync_order
from polidat.payments import (
    LinkItem,
    PaymentSettled,
    PaymentWish,
    doubtful_charges,
    note_payment,
    open_link,
    sweep,
    sync_payment,
)
from polidat.people import make_operator
from tests.conftest import NOON
from tests.payments.world import RETURN_URL, World, now


@pytest.fixture
def buyer(world: World):
    return world.person("buyer")


@pytest.fixture
def seller(world: World):
    return world.seller()


@pytest.fixture
def operator(world: World):
    with world.database.unit_of_work() as session:
        return make_operator(session, world.person("operator"))


@pytest.fixture
def order(world: World, buyer, seller):
    return world.order(buyer, world.listing(seller))


def asked(world: World, order, seller, price_minor: int, currency: str = "usd", fee_minor: int = 15) -> str:
    """A payment for the order over another sum, and its link."""
    wish = PaymentWish(order.public_id, seller.id, (LinkItem("Polls", price_minor),), currency, fee_minor, RETURN_URL)
    with world.database.unit_of_work() as session:
        payment = note_payment(session, wish, now=now())
    return open_link(world.database, world.gateway, payment.public_id, now=now())


def expired(world: World, at) -> list[str]:
    """Expire what is due then, and do the jobs that follow."""
    with world.database.unit_of_work() as session:
        closed = list(expire_orders(session, now=at))
    world.work()
    return closed


def alerts(world: World, operator) -> list[tuple[str, str]]:
    with world.database.reading() as session:
        return [(each.state, each.alert) for each in flagged_orders(session, operator)]


@pytest.mark.parametrize(("price", "currency"), [(100, "usd"), (10_000, "eur"), (20_000, "usd")])
def test_case_28_another_sum_or_currency_buys_nothing_and_is_kept_in_sight(
    world: World, buyer, seller, operator, order, price, currency
):
    world.pay(world.open_page(asked(world, order, seller, price, currency)))

    synced = sync_order(world.database, world.gateway, buyer, order.public_id, now=now())

    assert synced.state == OrderState.PROCESSING
    ((_, alert),) = alerts(world, operator)
    assert "but the order is over 100.00 USD" in alert
    assert world.rows("select count(*) from entitlement") == [(0,)]
    assert world.balance(f"C:order:{order.public_id}", currency) == -price
    assert world.balance(f"L:seller:{seller.id}", currency) == 0
    assert world.balance(f"A:seller_recv:{seller.id}", currency) == price - 15
    world.books()
    world.agrees_with_stripe()
    with world.database.unit_of_work() as session:
        (refund,) = give_back_unfitting(session, operator, order.public_id, now=now())
    assert world.rows("select actor_id, after ->> 'ref' from audit_entry where action = 'refund'") == [
        (operator.id, refund.public_id)
    ]
    assert world.told(buyer) == [f"{refund.amount} is to go back to you", "Your payment is being looked at"]


def test_case_13_a_second_payment_is_given_back_and_told(world: World, buyer, seller, operator, order):
    url = world.link(buyer, order)
    ((link_id,),) = world.rows("select link_id from payment")
    world.sandbox.client().v1.payment_links.update(link_id, {"restrictions": {"completed_sessions": {"limit": 2}}})
    pages = [world.open_page(url) for _ in range(2)]
    for page in pages:
        assert world.pay(page).status_code == 303

    sweep(world.database, world.gateway, now=now())
    world.work()

    assert world.read(buyer, order).state == OrderState.FULFILLED
    ((_, alert),) = alerts(world, operator)
    assert "paid twice" in alert
    assert world.rows("select state from entitlement") == [("active",)]
    assert world.rows("select state, amount_minor from refund") == [("succeeded", 10_000)]
    assert world.balance(f"C:order:{order.public_id}") == 0
    assert world.balance("R:commission") == -1_500
    assert world.balance(f"A:seller_recv:{seller.id}") == 0
    assert world.owed(seller).minor == 0
    world.books()
    world.agrees_with_stripe()
    assert world.told(buyer) == [
        "100.00 USD is on its way back to you", "You paid twice: 100.00 USD goes back",
        "Your PoliDat order over 100.00 USD is paid",
    ]  # fmt: skip
    assert world.told(seller) == ["You sold “Polls 2023”"]


def test_case_12_money_that_comes_after_the_order_expired_opens_it_again(world: World, buyer, seller, order):
    world.pay(world.open_page(world.link(buyer, order)))
    closed = expired(world, now() + timedelta(hours=25))
    assert closed == [order.public_id]

    world.receive(world.deliveries("charge.succeeded"))
    world.work()

    assert world.read(buyer, order).state == OrderState.FULFILLED
    assert world.balance("R:commission") == -1_500


def test_an_expired_order_closes_its_link(world: World, buyer, order):
    url = world.link(buyer, order)

    expired(world, now() + timedelta(hours=25))

    assert world.sandbox.web.get(url).status_code == 410
    assert expired(world, now() + timedelta(hours=25)) == []


def test_a_link_of_somebody_else_with_our_tags_buys_nothing(world: World, buyer, seller, operator, order):
    world.link(buyer, order)
    ((ref, stripe_id),) = world.rows(
        "select p.public_id, s.stripe_id from payment p join seller_account s on s.person_id = p.seller_id"
    )
    tags = {"order_id": order.public_id, "payment_id": ref}
    forged = world.sandbox.client().v1.payment_links.create(
        {
            "line_items": [
                {
                    "price_data": {"currency": "usd", "unit_amount": 10_000, "product_data": {"name": "Polls"}},
                    "quantity": 1,
                }
            ],
            "metadata": tags,
            "payment_intent_data": {"metadata": tags},
            "transfer_data": {"destination": stripe_id},
        }
    )
    world.pay(world.open_page(forged.url))

    sweep(world.database, world.gateway, now=now())
    world.work()

    assert world.read(buyer, order).state == OrderState.PROCESSING
    assert alerts(world, operator)[0][1] == "It was not paid through the link of this payment."
    assert world.rows("select count(*) from entitlement") == [(0,)]
    assert world.balance(f"A:seller_recv:{seller.id}") == 10_000
    world.agrees_with_stripe()


def test_case_14_a_link_whose_tags_name_another_order_buys_neither(world: World, buyer, seller, operator, order):
    other = world.order(buyer, world.listing(seller, 50_000, title="Dear data"), key="click-2")
    url = world.link(buyer, order)
    ((link_id, ref),) = world.rows("select link_id, public_id from payment")
    tags = {"order_id": other.public_id, "payment_id": ref}
    world.sandbox.client().v1.payment_links.update(link_id, {"payment_intent_data": {"metadata": tags}})
    world.pay(world.open_page(url))

    sweep(world.database, world.gateway, now=now())
    world.work()

    assert world.read(buyer, order).state == OrderState.PROCESSING
    assert world.read(buyer, other).state == OrderState.AWAITING_PAYMENT
    assert alerts(world, operator)[0][1] == "Its tags name another order."
    assert world.balance(f"C:order:{order.public_id}") == -10_000


def test_money_that_went_to_another_seller_is_that_sellers_debt(world: World, buyer, seller, operator, order):
    thief = world.seller("thief")
    url = world.link(buyer, order)
    ((link_id,),) = world.rows("select link_id from payment")
    ((stripe_id,),) = world.rows(f"select stripe_id from seller_account where person_id = {thief.id}")
    world.sandbox.client().v1.payment_links.update(link_id, {"transfer_data": {"destination": stripe_id}})
    world.pay(world.open_page(url))

    sync_order(world.database, world.gateway, buyer, order.public_id, now=now())

    assert "another account" in alerts(world, operator)[0][1]
    assert world.balance(f"A:seller_recv:{thief.id}") == 8_500
    assert world.balance(f"A:seller_recv:{seller.id}") == 0
    world.agrees_with_stripe()


def test_case_15_money_for_nothing_we_know_is_in_the_books_and_told(world: World, seller):
    unknown = world.sandbox.client().v1.payment_links.create(
        {
            "line_items": [
                {
                    "price_data": {"currency": "usd", "unit_amount": 5_000, "product_data": {"name": "Gift"}},
                    "quantity": 1,
                }
            ],
        }
    )
    world.pay(world.open_page(unknown.url))

    for _ in range(2):
        sweep(world.database, world.gateway, now=now())
        world.work()

    assert world.books() == {
        ("A:stripe", "usd"): 4_825,
        ("X:stripe_fee", "usd"): 175,
        ("C:order:unknown", "usd"): -5_000,
    }
    with world.database.reading() as session:
        assert [each.amount_minor for each in doubtful_charges(session)] == [5_000]
    assert world.rows("select count(*) from event_staging where kind = 'payments.PaymentUnclaimed'") == [(1,)]
    world.agrees_with_stripe()


def test_a_payment_whose_order_is_gone_is_kept(session):
    fact = PaymentSettled(
        subject="ord_gone", payment_id="pay_1", charge_id="ch_1", seller="7", amount_minor=100, currency="usd",
        settled_currency="usd", settled_minor=100, sent_minor=100, fee_minor=15, doubt="", at=NOON,
    )  # fmt: skip

    fulfil_paid(session, fact)

    assert balance_of(session, "A:seller_recv:7", "usd") == 85


def test_only_operators_see_what_is_flagged(world: World, buyer):
    with world.database.reading() as session, pytest.raises(NotAllowed):
        flagged_orders(session, buyer)


def test_an_unpaid_payment_changes_nothing_however_often_it_is_asked_about(world: World, buyer, order):
    world.open_page(world.link(buyer, order))
    ((ref,),) = world.rows("select public_id from payment")

    for _ in range(2):
        sync_payment(world.database, world.gateway, ref, now=now())

    assert world.read(buyer, order).state == OrderState.AWAITING_PAYMENT
    assert world.books() == {}
    with world.database.reading() as session:
        assert not may_read(session, buyer, order.lines[0].dataset_id)
