"""The money matrix: refunds. Every case ends with books that balance and agree with Stripe, movement by movement."""

from dataclasses import replace
from datetime import timedelta

import pytest

from polidat.access import may_read
from polidat.orders import NothingToRefund, OrderState, tell_debts
from polidat.orders.errors import NoSuchOrder
from polidat.payments import (
    RefundState,
    RefundTooLarge,
    StripeAway,
    StripeRefused,
    open_gateway,
    refunds_of,
    request_refund,
    send_refund,
    sweep,
)
from polidat.payments.facts import RefundWish
from tests.payments.world import World, now

SOLD = {("A:stripe", "usd"): 1_180, ("X:stripe_fee", "usd"): 320, ("R:commission", "usd"): -1_500}
UNSOLD = {("A:stripe", "usd"): -320, ("X:stripe_fee", "usd"): 320}  # Stripe keeps its fee


def may(world: World, person, listing) -> bool:
    with world.database.reading() as session:
        return may_read(session, person, listing.dataset_id)


def states(world: World, order) -> list[str]:
    with world.database.reading() as session:
        return [each.state for each in refunds_of(session, order.public_id)]


def test_case_29_a_full_refund_is_the_mirror_of_the_sale(world: World, buyer, seller, listing, sold):
    world.refund(seller, sold)
    world.work()
    world.settle("charge.refunded")

    assert world.books() == UNSOLD
    assert states(world, sold) == [RefundState.SUCCEEDED]
    assert not may(world, buyer, listing)
    assert world.read(buyer, sold).state == OrderState.FULFILLED
    world.agrees_with_stripe()
    assert world.told(buyer) == [
        "100.00 USD is on its way back to you", "100.00 USD is to go back to you",
        "Your PoliDat order over 100.00 USD is paid",
    ]  # fmt: skip
    assert world.told(seller) == ["100.00 USD of a sale went back", "You sold “Polls 2023”"]
    ((said,),) = world.rows("select body from mail where subject like '%went back'")
    assert "Your part of it is 85.00 USD. It was taken from your Stripe balance." in said


def test_case_30_a_refund_that_leaves_the_money_with_the_seller_cannot_be_asked_for():
    wish = RefundWish("ref_1", "ord_1", "ch_1", 100, sent_on=True)

    assert not {"reverse_transfer", "refund_application_fee"} & set(vars(wish))


def test_case_32_a_partial_refund_is_borne_by_seller_and_house_and_leaves_access(
    world: World, buyer, seller, listing, sold
):
    world.refund(world.operator(), sold, {1: 3_000})
    world.work()
    world.settle("charge.refunded")

    assert world.books() == {("A:stripe", "usd"): 730, ("X:stripe_fee", "usd"): 320, ("R:commission", "usd"): -1_050}
    assert may(world, buyer, listing)
    world.agrees_with_stripe()


def test_case_33_partial_refunds_end_exactly_at_the_whole(world: World, buyer, seller, sold, listing):
    for minor in (1_033, 1_033, 1_033):
        world.refund(seller, sold, {1: minor})
        world.work()
    assert may(world, buyer, listing)
    world.refund(seller, sold)
    world.work()

    assert world.books() == UNSOLD
    assert not may(world, buyer, listing)
    with pytest.raises(NothingToRefund):
        world.refund(seller, sold)
    world.agrees_with_stripe()


def test_case_35_what_cannot_be_taken_back_is_owed_by_the_seller(world: World, buyer, seller, listing, sold):
    """The call with the transfer is refused for lack of money, the buyer is paid all the same."""
    refuse_reversals(world)
    world.refund(seller, sold)
    world.work()

    assert world.books() == {**UNSOLD, ("A:stripe", "usd"): -8_820, (f"A:seller_recv:{seller.id}", "usd"): 8_500}
    assert states(world, sold) == [RefundState.SUCCEEDED]
    assert not may(world, buyer, listing)
    world.agrees_with_stripe()
    for _ in range(2):
        with world.database.unit_of_work() as session:
            assert tell_debts(session, now=now() + timedelta(minutes=16)) == 1
    assert world.told(seller).count("You owe PoliDat 85.00 USD") == 1


def refuse_reversals(world: World) -> None:
    refund = world.gateway.refund

    def refuse(wish: RefundWish, *, from_seller: bool) -> None:
        if from_seller:
            raise StripeRefused("insufficient funds", "balance_insufficient")
        refund(wish, from_seller=False)

    for each in world.gateways():
        each.refund = refuse


def test_case_36_the_next_sale_pays_what_the_seller_owes(world: World, buyer, seller, listing, sold):
    charge = world.sandbox.client().v1.charges.list().data[0]
    world.sandbox.client().v1.refunds.create({"charge": charge.id, "amount": 4_000})
    world.settle("charge.refunded")
    assert world.balance(f"A:seller_recv:{seller.id}") == 3_400

    second = world.listing(seller, title="Polls 2024")
    order = world.bought(buyer, second, key="click-2")
    world.settle()
    world.receive(world.deliveries())
    world.work()

    assert world.read(buyer, order).state == OrderState.FULFILLED
    assert world.balance(f"A:seller_recv:{seller.id}") == 0
    assert world.owed(seller).minor == 0
    assert world.balance("R:commission") == -1_500 + 600 - 1_500
    world.books()
    world.agrees_with_stripe()

    world.refund(seller, order)
    world.work()

    assert world.balance(f"A:seller_recv:{seller.id}") == 3_400, "what was netted is owed again"
    assert world.balance("R:commission") == -900
    world.books()
    world.agrees_with_stripe()


def test_case_37_a_refund_the_bank_returns_is_owed_to_the_buyer(world: World, buyer, seller, listing, sold):
    world.refund(seller, sold)
    world.work()
    ((refund_id,),) = world.rows("select stripe_id from refund")
    world.sandbox.control(f"refunds/{refund_id}/fail")
    world.settle("refund.failed")

    assert states(world, sold) == [RefundState.FAILED]
    assert world.balance(f"L:refund_owed:{sold.public_id}") == -10_000
    assert not may(world, buyer, listing)
    assert "sent a refund of 100.00 USD back" in world.read(buyer, sold).alert
    with pytest.raises(NothingToRefund):
        world.refund(seller, sold)
    world.books()
    world.agrees_with_stripe()


@pytest.mark.parametrize("by_webhook", [True, False])
def test_case_38_a_refund_made_in_the_dashboard_is_shared_by_the_snapshot(
    world: World, buyer, seller, listing, sold, by_webhook
):
    charge = world.sandbox.client().v1.charges.list().data[0]
    world.sandbox.client().v1.refunds.create({"charge": charge.id})

    if by_webhook:
        world.settle("charge.refunded")
    else:
        sweep(world.database, world.gateway, now=now())
        world.work()

    assert world.books() == {**UNSOLD, ("A:stripe", "usd"): -8_820, (f"A:seller_recv:{seller.id}", "usd"): 8_500}
    assert not may(world, buyer, listing)
    world.agrees_with_stripe()


def test_case_39_of_two_refunds_that_race_one_is_too_large(world: World, buyer, seller, sold):
    world.refund(seller, sold, {1: 6_000})
    order = world.read(buyer, sold)
    with world.database.unit_of_work() as session, pytest.raises(RefundTooLarge):
        request_refund(session, order.paid_charge, replace(order.total, minor=6_000), now=now())
    world.work()

    assert states(world, sold) == [RefundState.SUCCEEDED]
    assert world.rows("select sum(amount_minor) from refund_line") == [(6_000,)]
    world.books()
    world.agrees_with_stripe()


def test_a_refund_is_asked_for_once_however_often_its_job_runs(world: World, seller, sold):
    refund = world.refund(seller, sold)
    later = now() + timedelta(hours=30)
    for at in (now(), now(), later):
        send_refund(world.database, world.gateway, refund.public_id, now=at)

    assert len(world.sandbox.client().v1.refunds.list().data) == 1
    assert world.books() == UNSOLD


def test_a_refund_whose_answer_was_lost_for_a_day_is_found_and_not_repeated(world: World, seller, sold):
    refund = world.refund(seller, sold)
    wish = RefundWish(refund.public_id, sold.public_id, refund.charge_id, refund.amount_minor, sent_on=True)
    world.gateway.refund(wish, from_seller=True)

    send_refund(world.database, world.gateway, refund.public_id, now=now() + timedelta(hours=26))

    assert len(world.sandbox.client().v1.refunds.list().data) == 1
    assert world.books() == UNSOLD


def test_while_stripe_is_away_a_refund_waits(world: World, seller, sold):
    refund = world.refund(seller, sold)
    nowhere = open_gateway("sk_test_sim", base_url="http://127.0.0.1:9")

    with pytest.raises(StripeAway):
        send_refund(world.database, nowhere, refund.public_id, now=now())

    assert states(world, sold) == [RefundState.REQUESTED]


def test_nobody_but_seller_and_operator_refunds(world: World, buyer, sold):
    for stranger in (buyer, world.person("stranger")):
        with pytest.raises(NoSuchOrder):
            world.refund(stranger, sold)


def test_an_order_that_was_not_paid_has_nothing_to_give_back(world: World, buyer, seller, listing):
    order = world.order(buyer, listing)

    with pytest.raises(NothingToRefund):
        world.refund(seller, order)


@pytest.mark.parametrize("minor", [0, -5, 10_001])
def test_more_than_was_paid_or_nothing_is_refused(world: World, seller, sold, minor):
    with pytest.raises(Exception, match="choose 1 to 10000"):
        world.refund(seller, sold, {1: minor})
