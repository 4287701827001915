"""The money matrix: disputes. Every case ends with books that balance and agree with Stripe, movement by movement."""

import pytest

from polidat.access import GrantState
from polidat.orders import OrderState
from polidat.payments import RefundState, RefundWhileDisputed, answer_dispute, disputes_of, refunds_of, sweep
from tests.payments.world import World, now

SOLD = {("A:stripe", "usd"): 1_180, ("X:stripe_fee", "usd"): 320, ("R:commission", "usd"): -1_500}
LOST = {("A:stripe", "usd"): -1_820, ("X:stripe_fee", "usd"): 320, ("X:dispute_fee", "usd"): 1_500}


def dispute(world: World, **how) -> str:
    """The buyer's bank disputes the one charge there is."""
    charge = world.sandbox.client().v1.charges.list().data[0]
    return world.sandbox.control(f"charges/{charge.id}/dispute", how)["id"]


def grants(world: World) -> list[str]:
    return [state for (state,) in world.rows("select state from entitlement order by id")]


def opened(world: World, **how) -> str:
    """A dispute we know of, with the seller's part taken back."""
    found = dispute(world, **how)
    world.settle("charge.dispute.created")
    return found


def test_case_40_a_refund_while_a_dispute_is_open_would_pay_twice(world: World, seller, sold):
    opened(world)

    with pytest.raises(RefundWhileDisputed):
        world.refund(seller, sold)

    assert world.rows("select count(*) from refund") == [(0,)]
    assert grants(world) == [GrantState.SUSPENDED]


def test_a_refund_that_stripe_refuses_for_a_dispute_we_have_not_heard_of_calls_an_operator(
    world: World, buyer, seller, sold
):
    dispute(world)
    refund = world.refund(seller, sold)  # the bank was faster than its webhook
    world.work()

    with world.database.reading() as session:
        (kept,) = refunds_of(session, sold.public_id)
    assert (kept.public_id, kept.state) == (refund.public_id, RefundState.REFUSED)
    told = world.read(buyer, sold)
    assert "Stripe did not give 100.00 USD back" in told.alert
    assert "100.00 USD has not reached you yet" in world.told(buyer)
    assert "100.00 USD of a sale did not go back" in world.told(seller)


def test_case_41_an_open_dispute_takes_the_sellers_part_back_and_lets_access_rest(world: World, buyer, seller, sold):
    found = opened(world)

    assert grants(world) == [GrantState.SUSPENDED]
    assert world.books() == {
        ("A:stripe", "usd"): 1_180 - 11_500 + 8_500,
        ("X:stripe_fee", "usd"): 320,
        ("X:dispute_fee", "usd"): 1_500,
        ("R:commission", "usd"): -1_500,
        (f"C:dispute:{found}", "usd"): 10_000,
        (f"L:seller_hold:{seller.id}", "usd"): -8_500,
    }
    world.agrees_with_stripe()
    assert world.told(buyer) == ["Your PoliDat order over 100.00 USD is paid", "Your access to “Polls 2023” rests"]
    assert world.told(seller) == ["A sale of 100.00 USD is disputed", "You sold “Polls 2023”"]


def test_case_42_a_lost_dispute_is_borne_by_seller_and_house(world: World, buyer, seller, sold):
    found = opened(world)
    world.sandbox.control(f"disputes/{found}/decide", {"outcome": "lost"})
    world.settle("charge.dispute.closed")

    assert grants(world) == [GrantState.REVOKED]
    assert world.books() == LOST
    world.agrees_with_stripe()
    assert "Your access to “Polls 2023” has ended" in world.told(buyer)
    ((said,),) = world.rows("select body from mail where subject = 'A dispute over 100.00 USD is lost'")
    assert "Your part of it, 85.00 USD, is gone" in said
    assert "owed" not in said


def test_case_43_a_won_dispute_brings_everything_back(world: World, buyer, seller, sold):
    found = opened(world)
    world.sandbox.control(f"disputes/{found}/decide", {"outcome": "won"})
    world.settle("charge.dispute.closed")

    assert grants(world) == [GrantState.ACTIVE]
    assert world.books() == SOLD
    assert [each.amount for each in world.sandbox.client().v1.transfers.list().data] == [8_500, 10_000]
    world.agrees_with_stripe()
    assert "Your bank has decided about “Polls 2023”" in world.told(buyer)
    assert "A dispute over 100.00 USD is won" in world.told(seller)


def test_case_44_an_inquiry_that_is_closed_moves_nothing(world: World, seller, sold):
    found = opened(world, inquiry=True)
    assert grants(world) == [GrantState.ACTIVE]
    world.sandbox.control(f"disputes/{found}/decide", {"outcome": "lost"})
    world.settle("charge.dispute.closed")

    assert grants(world) == [GrantState.ACTIVE]
    assert world.books() == SOLD
    world.agrees_with_stripe()


def test_case_45_a_partial_dispute_is_spread_over_the_lines(world: World, buyer, seller):
    listings = [world.listing(seller, price, title=f"Polls {price}") for price in (6_000, 4_000)]
    order = world.bought(buyer, *listings)
    world.settle("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")
    found = opened(world, amount=5_000)
    assert grants(world) == [GrantState.SUSPENDED] * 2
    assert world.balance(f"L:seller_hold:{seller.id}") == -4_250

    world.sandbox.control(f"disputes/{found}/decide", {"outcome": "lost"})
    world.settle("charge.dispute.closed")

    assert world.balance("R:commission") == -750
    assert world.balance(f"A:seller_recv:{seller.id}") == 0
    assert world.read(buyer, order).state == OrderState.FULFILLED
    world.books()
    world.agrees_with_stripe()


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_case_46_a_decision_that_is_heard_of_first_has_the_same_end(world: World, seller, sold, outcome):
    found = dispute(world)
    world.sandbox.control(f"disputes/{found}/decide", {"outcome": outcome})
    closed_first = sorted(
        world.deliveries("charge.dispute.closed", "charge.dispute.created"), key=lambda each: b"created" in each[0]
    )
    world.receive(closed_first)
    world.work()

    if outcome == "won":
        assert world.books() == SOLD
        assert grants(world) == [GrantState.ACTIVE]
    else:
        # nothing could be held in time, so the seller owes the seller's part
        owed = {**LOST, ("A:stripe", "usd"): -10_320, (f"A:seller_recv:{seller.id}", "usd"): 8_500}
        assert world.books() == owed
        assert grants(world) == [GrantState.REVOKED]
    world.agrees_with_stripe()


def test_a_dispute_nobody_told_of_is_found_by_the_sweep(world: World, seller, sold):
    dispute(world)

    for _ in range(2):
        sweep(world.database, world.gateway, now=now())
        world.work()

    assert grants(world) == [GrantState.SUSPENDED]
    world.agrees_with_stripe()


def test_a_dispute_lost_by_a_seller_without_money_becomes_what_the_seller_owes(world: World, seller, sold):
    ((account,),) = world.rows("select stripe_id from seller_account")
    world.sandbox.control(f"accounts/{account}/spend")
    found = opened(world)
    world.sandbox.control(f"disputes/{found}/decide", {"outcome": "lost"})
    world.settle("charge.dispute.closed")

    assert world.books() == {**LOST, ("A:stripe", "usd"): -10_320, (f"A:seller_recv:{seller.id}", "usd"): 8_500}
    world.agrees_with_stripe()


def test_evidence_goes_to_the_bank_once(world: World, sold):
    found = opened(world)
    evidence = {"uncategorized_text": "The buyer ran 40 queries after the purchase."}
    answer_dispute(world.database, world.gateway, found, evidence, submit=True, now=now())

    with world.database.reading() as session:
        assert [each.state for each in disputes_of(session, sold.public_id)] == ["under_review"]
    with pytest.raises(Exception, match="with the bank or decided"):
        answer_dispute(world.database, world.gateway, found, evidence, submit=True, now=now())


def test_the_card_that_is_disputed_leads_to_a_dispute(world: World, buyer, listing):
    order = world.order(buyer, listing)
    world.pay(world.open_page(world.link(buyer, order)), card="4000 0000 0000 0259")
    world.settle("charge.dispute.created")

    assert grants(world) == [GrantState.SUSPENDED]
    world.agrees_with_stripe()
