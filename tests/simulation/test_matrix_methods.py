"""The money matrix: money that comes by other ways: bank debits, other currencies, and a bank that warns."""

import pytest

from polidat.access import GrantState, may_read
from polidat.orders import OrderState, expire_orders
from polidat.payments import PaymentState, payments_of, transfers_of
from tests.payments.world import World, now
from tests.stripe_sandbox.conftest import pay

SOLD = {("A:stripe", "usd"): 1_180, ("X:stripe_fee", "usd"): 320, ("R:commission", "usd"): -1_500}


def debited(world: World, buyer, listing):
    """An order whose buyer has told their bank to pay."""
    order = world.order(buyer, listing)
    page = world.open_page(world.link(buyer, order))
    assert pay(world.sandbox, page, "", method="bank").status_code == 303
    world.settle("checkout.session.completed", "payment_intent.processing")
    (intent,) = world.sandbox.client().v1.payment_intents.list().data
    return order, intent.id


def state_of_payment(world: World, order) -> str:
    with world.database.reading() as session:
        (payment,) = payments_of(session, order.public_id)
    return payment.state


def test_case_26_a_bank_debit_is_a_sale_when_the_bank_has_paid(world: World, buyer, listing):
    order, intent = debited(world, buyer, listing)
    assert world.books() == {}
    assert state_of_payment(world, order) == PaymentState.PROCESSING
    assert world.read(buyer, order).state == OrderState.AWAITING_PAYMENT

    world.sandbox.control(f"payment_intents/{intent}/bank")
    world.settle("checkout.session.async_payment_succeeded", "charge.succeeded")

    assert world.read(buyer, order).state == OrderState.FULFILLED
    assert world.books() == SOLD
    world.agrees_with_stripe()
    assert world.told(buyer) == ["Your PoliDat order over 100.00 USD is paid"]


def test_a_bank_that_pays_after_the_order_expired_still_buys(world: World, buyer, listing):
    from datetime import timedelta

    order, intent = debited(world, buyer, listing)
    with world.database.unit_of_work() as session:
        expire_orders(session, now=now() + timedelta(days=3))
    world.work()
    world.sandbox.control(f"payment_intents/{intent}/bank")
    world.settle("checkout.session.async_payment_succeeded", "charge.succeeded")

    assert world.read(buyer, order).state == OrderState.FULFILLED
    assert world.books() == SOLD


def test_case_27_a_bank_debit_that_fails_buys_nothing(world: World, buyer, listing):
    order, intent = debited(world, buyer, listing)
    world.sandbox.control(f"payment_intents/{intent}/bank", {"paid": False})
    world.settle("checkout.session.async_payment_failed", "charge.failed")

    assert world.books() == {}
    assert "could not be debited" in world.read(buyer, order).problem
    assert world.told(buyer) == ["Your payment of 100.00 USD failed"]
    assert world.rows("select count(*) from entitlement") == [(0,)]
    assert state_of_payment(world, order) == PaymentState.OPEN
    world.agrees_with_stripe()


def test_case_47_a_warning_gives_the_money_back_before_it_is_disputed(world: World, buyer, listing):
    order = world.order(buyer, listing)
    world.pay(world.open_page(world.link(buyer, order)), "4000000000005423")
    world.settle("charge.succeeded", "radar.early_fraud_warning.created")
    world.settle("charge.refunded")

    assert world.books() == {("A:stripe", "usd"): -320, ("X:stripe_fee", "usd"): 320}
    assert world.rows("select state from entitlement") == [(GrantState.REVOKED,)]
    assert world.sandbox.client().v1.disputes.list().data == []
    world.agrees_with_stripe()


def test_a_warning_over_much_money_is_for_the_operator(world: World, buyer, seller):
    listing = world.listing(seller, 100_000, title="Dear data")
    order = world.bought(buyer, listing)
    world.settle("charge.succeeded")
    (charge,) = world.sandbox.client().v1.charges.list().data
    for _ in range(2):
        world.sandbox.control(f"charges/{charge.id}/warn")
    world.settle("radar.early_fraud_warning.created")

    assert world.read(buyer, order).alert.count("warns of fraud") == 1
    assert world.rows("select state from entitlement") == [(GrantState.SUSPENDED,)]
    assert world.sandbox.client().v1.refunds.list().data == []


def test_case_52_a_sale_in_euro_settles_in_dollars_and_goes_back_at_another_rate(world: World, buyer, seller):
    world.sandbox.control("rates", {"eur": "1.08"})
    listing = world.listing(seller, 9_000, "eur")
    order = world.bought(buyer, listing)
    world.settle("charge.succeeded", "checkout.session.completed")
    assert world.books() == {
        ("A:stripe", "usd"): 9_720 - 409 - 9_720 + 1_458,
        ("X:stripe_fee", "usd"): 409,
        ("R:commission", "usd"): -1_458,
    }

    world.sandbox.control("rates", {"eur": "1.10"})
    world.refund(seller, order)
    world.work()
    world.settle("charge.refunded")
    assert world.books() == {
        ("A:stripe", "usd"): -409 - 180,
        ("X:stripe_fee", "usd"): 409,
        ("X:fx_loss", "usd"): 180,
    }
    with world.database.reading() as session:
        assert not may_read(session, buyer, listing.dataset_id)
    world.agrees_with_stripe()


@pytest.mark.parametrize("rate", ["1.08", None])
def test_case_53_what_is_taken_back_is_in_the_transfers_own_currency(world: World, buyer, rate):
    if rate:
        world.sandbox.control("rates", {"eur": rate})
    code, factor = ("usd", 1.08) if rate else ("eur", 1)
    sellers = [world.seller(name) for name in ("ann", "ben")]
    listings = [world.listing(who, 5_000, "eur", title=f"Data of {who.email}") for who in sellers]
    order = world.bought(buyer, *listings)
    world.settle("charge.succeeded", "checkout.session.completed")
    with world.database.reading() as session:
        sent = transfers_of(session, order.public_id)
    assert {each.currency for each in sent} == {code}
    assert all(4_000 * factor < each.amount_minor < 4_250 * factor for each in sent)

    world.refund(world.operator(), order, {2: 5_000})
    world.work()
    world.settle("charge.refunded", "transfer.reversed")
    with world.database.reading() as session:
        kept, back = transfers_of(session, order.public_id)
    assert (kept.reversed_minor, back.reversed_minor) == (0, back.amount_minor)
    assert world.balance(f"A:seller_recv:{sellers[1].id}", code) == 0
    assert not [key for key in world.books() if key[0].startswith("C:")]
    world.agrees_with_stripe()
