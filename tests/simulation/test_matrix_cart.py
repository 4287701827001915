"""The money matrix: carts of several sellers. Every case ends with books that agree with Stripe."""

from datetime import timedelta

import pytest

from polidat.access import may_read
from polidat.orders import OrderState, OwnListing
from polidat.payments import SellerNotReady, StripeAway, TransferState, send_transfer, sync_account, transfers_of
from tests.payments.world import DECLINED, World, now

CARTED = {("A:stripe", "usd"): 1_450, ("R:commission", "usd"): -1_450}


@pytest.fixture
def sellers(world: World):
    return [world.seller(name) for name in ("ann", "ben", "cyd")]


@pytest.fixture
def listings(world: World, sellers):
    terms = ((6_000, 1_500), (2_500, 1_000), (1_499, 2_000))
    return [
        world.listing(who, price, title=f"Data {price}", commission_bps=bps)
        for who, (price, bps) in zip(sellers, terms, strict=True)
    ]


@pytest.fixture
def cart(world: World, buyer, listings):
    return world.bought(buyer, *listings)


def settle(world: World) -> None:
    world.settle("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")


def sent(world: World, order) -> list[tuple[str, int]]:
    with world.database.reading() as session:
        return [(each.state, each.amount_minor) for each in transfers_of(session, order.public_id)]


def may(world: World, buyer, listings) -> list[bool]:
    with world.database.reading() as session:
        return [may_read(session, buyer, each.dataset_id) for each in listings]


def test_case_20_a_cart_of_three_sellers_is_shared_to_the_cent(world: World, buyer, listings, cart):
    settle(world)

    assert world.read(buyer, cart).state == OrderState.FULFILLED
    assert sent(world, cart) == [("created", 4_908), ("created", 2_170), ("created", 1_151)]
    assert world.books() == CARTED
    assert may(world, buyer, listings) == [True] * 3
    world.agrees_with_stripe()
    (charge,) = world.sandbox.client().v1.charges.list().data
    told = world.sandbox.client().v1.transfers.list({"transfer_group": cart.public_id}).data
    assert {each.source_transaction for each in told} == {charge.id}
    ((said,),) = world.rows("select body from mail where subject = 'You sold “Data 2500”'")
    assert "25.00 USD paid, 2.50 USD commission, 0.80 USD of the card fee; 21.70 USD is yours" in said
    assert not any(each in said for each in ("Data 6000", "Data 1499", buyer.email))


def test_a_cart_is_settled_without_any_webhook(world: World, buyer, cart):
    from polidat.orders import sync_order

    order = sync_order(world.database, world.gateway, buyer, cart.public_id, now=now())
    world.work()

    assert order.is_fulfilled
    assert world.books() == CARTED
    settle(world)
    assert world.books() == CARTED
    world.agrees_with_stripe()


def test_a_declined_cart_can_be_paid_again_in_the_same_session(world: World, buyer, listings):
    order = world.order(buyer, *listings)
    page = world.link(buyer, order)
    assert world.pay(page, DECLINED).status_code != 303
    assert world.pay(page).status_code == 303
    settle(world)

    assert world.books() == CARTED


@pytest.mark.calm
def test_case_21_a_transfer_that_fails_is_sent_by_the_next_try(world: World, cart):
    real, failed = world.gateway.send, []

    def fail_once(wish):
        if wish.amount.minor == 2_170 and not failed:
            failed.append(wish.ref)
            raise StripeAway("in this test")
        return real(wish)

    world.gateway.send = fail_once
    with pytest.raises(StripeAway):
        settle(world)
    send_transfer(world.database, world.gateway, failed[0], now=now())
    world.work()

    assert [state for state, _ in sent(world, cart)] == ["created"] * 3
    assert world.books() == CARTED
    world.agrees_with_stripe()


@pytest.mark.calm
def test_case_22_a_crash_between_sending_and_booking_sends_once(world: World, cart):
    real, lost = world.gateway.send, []

    def lose_the_answer(wish):
        answer = real(wish)
        if not lost:
            lost.append(wish.ref)
            raise StripeAway("the answer was lost")
        return answer

    world.gateway.send = lose_the_answer
    with pytest.raises(StripeAway):
        settle(world)
    send_transfer(world.database, world.gateway, lost[0], now=now())
    world.work()

    assert len(world.sandbox.client().v1.transfers.list().data) == 3
    assert world.books() == CARTED
    world.agrees_with_stripe()


@pytest.mark.calm
def test_case_23_an_answer_lost_for_a_day_is_found_and_not_sent_again(world: World, cart):
    real, lost = world.gateway.send, []

    def lose_the_answer(wish):
        real(wish)
        lost.append(wish.ref)
        raise StripeAway("the answer was lost")

    world.gateway.send = lose_the_answer
    with pytest.raises(StripeAway):
        settle(world)
    world.gateway.send = real
    send_transfer(world.database, world.gateway, lost[0], now=now() + timedelta(hours=26))
    world.work()

    assert len(world.sandbox.client().v1.transfers.list().data) == 3
    assert world.books() == CARTED


def test_case_24_a_cart_with_an_own_dataset_is_refused(world: World, sellers, listings):
    with pytest.raises(OwnListing):
        world.order(sellers[0], *listings)

    assert world.books() == {}


def test_case_18_and_19_a_blocked_transfer_is_sent_once_the_seller_is_active_again(world: World, buyer, sellers, cart):
    ((account,),) = world.rows(f"select stripe_id from seller_account where person_id = {sellers[1].id}")
    world.sandbox.control(f"accounts/{account}/restrict")
    sync_account(world.database, world.gateway, sellers[1], now=now())
    settle(world)
    assert [state for state, _ in sent(world, cart)] == ["created", TransferState.BLOCKED, "created"]
    assert world.balance(f"L:seller:{sellers[1].id}") == -2_170
    world.agrees_with_stripe()

    world.sandbox.control(f"accounts/{account}/approve")
    for _ in range(2):
        sync_account(world.database, world.gateway, sellers[1], now=now())
        world.work()

    assert [state for state, _ in sent(world, cart)] == ["created"] * 3
    assert world.books() == CARTED
    world.agrees_with_stripe()


def test_a_cart_with_a_seller_who_cannot_be_paid_is_not_offered_for_payment(world: World, buyer, listings):
    waiting = world.listing(world.seller("dan", approved=False), title="Data of Dan")
    order = world.order(buyer, *listings, waiting)

    with pytest.raises(SellerNotReady):
        world.link(buyer, order)


def test_case_34_a_refund_of_one_line_touches_that_line_only(world: World, buyer, sellers, listings, cart):
    settle(world)
    world.refund(sellers[2], cart)
    world.work()

    assert may(world, buyer, listings) == [True, True, False]
    assert world.books() == {
        ("A:stripe", "usd"): 1_450 - 1_499 + 1_151,
        ("R:commission", "usd"): -1_150,
        ("X:stripe_fee", "usd"): 48,
    }
    world.agrees_with_stripe()
    assert [len(world.told(each)) for each in sellers] == [1, 1, 2]
    assert "14.99 USD of a sale went back" in world.told(sellers[2])


def test_case_35_a_cart_seller_who_has_spent_it_owes_it(world: World, buyer, sellers, listings, cart):
    settle(world)
    ((account,),) = world.rows(f"select stripe_id from seller_account where person_id = {sellers[0].id}")
    world.sandbox.control(f"accounts/{account}/spend")
    world.refund(sellers[0], cart)
    world.work()

    assert world.balance(f"A:seller_recv:{sellers[0].id}") == 4_908
    assert may(world, buyer, listings) == [False, True, True]
    world.books()
    world.agrees_with_stripe()


def test_a_refund_before_the_transfer_is_sent_is_simply_not_sent(world: World, buyer, sellers, cart):
    ((account,),) = world.rows(f"select stripe_id from seller_account where person_id = {sellers[1].id}")
    world.sandbox.control(f"accounts/{account}/restrict")
    sync_account(world.database, world.gateway, sellers[1], now=now())
    settle(world)
    world.refund(sellers[1], cart)
    world.work()

    assert world.balance(f"L:seller:{sellers[1].id}") == 0
    assert world.balance(f"A:seller_recv:{sellers[1].id}") == 0
    assert sent(world, cart)[1] == (TransferState.BLOCKED, 0)
    world.books()
    world.agrees_with_stripe()


def test_an_expired_cart_closes_its_session(world: World, buyer, listings):
    from polidat.orders import expire_orders

    order = world.order(buyer, *listings)
    page = world.link(buyer, order)
    with world.database.unit_of_work() as session:
        expire_orders(session, now=now() + timedelta(hours=25))
    world.work()

    assert world.pay(page).status_code == 410
    assert world.read(buyer, order).state == OrderState.EXPIRED
