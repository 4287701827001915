"""Money at its edges: paid twice, given back twice, and what is left over; every case ends with clean books."""

import pytest

from polidat.access import RunTerms, charge_run, reserve_run
from polidat.catalog import Interval, PlanOffer, set_hosting_policy, set_plans, stores_of
from polidat.core import MICROS, Invalid, Money
from polidat.insights import month_of, seller_statement
from polidat.ledger import credit, debit, dispute_clearing, post
from polidat.orders import (
    NothingToRefund,
    follow_dispute,
    my_subscriptions,
    pay_hosting,
    pay_usage,
    refund_top_up,
    start_top_up,
    subscribe,
    sync_subscription,
    usage_unplanned,
)
from polidat.payments import Dispute, DisputeMoved, RefundTooLarge, payables, request_refund
from tests.payments.world import RETURN_URL, World, now
from tests.simulation.storm import persistently
from tests.simulation.test_matrix_wallet import AT_ONCE
from tests.stripe_sandbox.conftest import eventually


def finish_both(world: World, who, checkouts) -> list[str]:
    """Pay two checkouts, look at both as the return page does, and return how the subscriptions stand then."""
    for _, url in checkouts:
        assert world.pay(url).status_code == 303
    for _ in range(2):
        for ref, _ in checkouts:
            persistently(lambda ref=ref: sync_subscription(world.database, world.gateway, who, ref, now=now()))
        world.settle()
    with world.database.reading() as session:
        stands = {each.public_id: each.state for each in my_subscriptions(session, who)}
    return [stands[ref] for ref, _ in checkouts]


def clean(world: World) -> dict[tuple[str, str], int]:
    """Every account that is not at zero, none of them a clearing account; Stripe agrees."""
    world.agrees_with_stripe()
    books = world.books()
    assert [code for code, _ in books if code.startswith("C:")] == []
    return books


def test_two_open_checkouts_of_one_hosting_are_paid_once(world: World, seller, listing):
    with world.database.reading() as session:
        slug = stores_of(session, seller)[0].slug
    asked = {"return_url": RETURN_URL, "now": now()}
    checkouts = [pay_hosting(world.database, world.gateway, seller, slug, key=key, **asked) for key in "ab"]

    assert finish_both(world, seller, checkouts) == ["active", "canceled"]

    assert world.rows("select amount_minor, state from refund") == [(2_900, "succeeded")]
    assert clean(world)[f"L:deferred_hosting:{seller.id}", "usd"] == -2_900
    assert world.rows("select count(*) from mail where subject like '%paid twice'") == [(1,)]


def test_two_open_checkouts_of_one_subscription_are_paid_once(world: World, buyer, seller):
    listing = world.listing(seller, commission_bps=2_000)
    with world.database.unit_of_work() as session:
        offers = {Interval.MONTH: PlanOffer(Money(2_000, "usd")), Interval.YEAR: PlanOffer(Money(20_000, "usd"))}
        set_plans(session, seller, listing.id, offers)
    asked = {"return_url": RETURN_URL, "now": now(), "agreed": world.agreeing(buyer, listing)}
    checkouts = [
        subscribe(world.database, world.gateway, buyer, listing.id, interval, key=interval, **asked)
        for interval in (Interval.MONTH, Interval.YEAR)
    ]

    assert finish_both(world, buyer, checkouts) == ["active", "canceled"]

    assert world.rows("select amount_minor, state from refund") == [(20_000, "succeeded")]
    assert world.rows("select state from entitlement") == [("active",)]
    assert clean(world)["R:commission", "usd"] == -400
    assert [each for each in world.told(buyer) if "paid for" not in each] == [
        "200.00 USD is on its way back to you", "Your subscription to “Polls 2023” has begun",
        "“Polls 2023” was paid twice",
    ]  # fmt: skip


def closed(world: World) -> int:
    return world.listener.types().count("charge.dispute.closed")


def disputed(world: World, outcome: str, **how) -> None:
    charge, before = world.sandbox.client().v1.charges.list().data[0], closed(world)
    found = world.sandbox.control(f"charges/{charge.id}/dispute", how)["id"]
    world.settle("charge.dispute.created")
    world.sandbox.control(f"disputes/{found}/decide", {"outcome": outcome})
    eventually(lambda: closed(world) > before)
    world.settle("charge.dispute.closed")


def test_what_a_bank_keeps_of_a_part_limits_what_else_goes_back(world: World, buyer, seller, sold):
    disputed(world, "lost", amount=4_000)

    assert world.rows("select state from entitlement") == [("active",)], "as after a partial refund"
    ((said,),) = world.rows("select body from mail where subject = 'Your bank has decided about “Polls 2023”'")
    assert "given you 40.00 USD back; you keep access to what is still paid" in said
    assert "A dispute over 40.00 USD is lost" in world.told(seller)
    with pytest.raises(Invalid, match="6000 minor units left"):
        world.refund(seller, sold, {1: 6_001})
    charge = world.read(buyer, sold).paid_charge
    with pytest.raises(RefundTooLarge), world.database.unit_of_work() as session:
        request_refund(session, charge, Money(6_001, "usd"), now=now())
    assert world.refund(seller, sold).amount == Money(6_000, "usd")
    with pytest.raises(NothingToRefund):
        world.refund(seller, sold)
    clean(world)


def test_two_disputes_over_parts_end_the_line_together(world: World, buyer, seller, sold):
    for amount in (4_000, 6_000):
        disputed(world, "lost", amount=amount)

    assert world.rows("select amount_minor from dispute_line order by 1") == [(4_000,), (6_000,)]
    assert world.rows("select state from entitlement") == [("revoked",)]
    assert "Your access to “Polls 2023” has ended" in world.told(buyer)
    assert clean(world)["X:dispute_fee", "usd"] == 3_000


@pytest.mark.calm
@pytest.mark.parametrize("owes", [False, True])
def test_what_a_bank_gives_back_after_a_lost_dispute_is_shared_again(world: World, buyer, seller, sold, owes):
    """The sandbox's banks keep all or nothing, so what this one gives back is told by the test."""
    if owes:  # nothing could be held
        ((account,),) = world.rows("select stripe_id from seller_account")
        world.sandbox.control(f"accounts/{account}/spend")
    disputed(world, "lost")
    ((dispute_id, charge_id),) = world.rows("select id, charge_id from dispute")
    with world.database.unit_of_work() as session:
        legs = [debit("A:bank", Money(3_000, "usd")), credit(dispute_clearing(dispute_id), Money(3_000, "usd"))]
        post(session, "back", "dispute", legs, occurred_at=now())
        session.get_one(Dispute, dispute_id).withdrawn_minor = 7_000
        session.flush()
        told = {"amount_minor": 10_000, "currency": "usd", "settled_currency": "usd", "held_minor": 0, "at": now()}
        whom = {"subject": sold.public_id, "dispute_id": dispute_id, "charge_id": charge_id, "seller": str(seller.id)}
        moved = DisputeMoved(**whom, **told, state="lost", withdrawn_minor=7_000)
        for _ in range(2):
            follow_dispute(session, moved)

    assert world.balance(dispute_clearing(dispute_id)) == 0
    assert world.balance("R:commission") == -450
    assert (world.owed(seller).minor, world.balance(f"A:seller_recv:{seller.id}")) == (
        (0, 5_950) if owes else (2_550, 0)
    )
    assert world.rows("select amount_minor from dispute_line") == [(7_000,)]
    assert world.rows("select amount_minor from transfer where state = 'planned'") == ([] if owes else [(2_550,)])


@pytest.mark.calm
@pytest.mark.parametrize("owes", [False, True])
def test_a_lost_dispute_that_is_won_on_appeal_pays_seller_and_house_again(world: World, seller, sold, owes):
    """The sandbox's banks hear no appeals, so what this one says is told by the test."""
    if owes:  # nothing could be held
        ((account,),) = world.rows("select stripe_id from seller_account")
        world.sandbox.control(f"accounts/{account}/spend")
    disputed(world, "lost")
    ((dispute_id, charge_id, held),) = world.rows("select id, charge_id, held_minor from dispute")
    told = {"amount_minor": 10_000, "currency": "usd", "settled_currency": "usd", "held_minor": held, "at": now()}
    told |= {"subject": sold.public_id, "dispute_id": dispute_id, "charge_id": charge_id, "seller": str(seller.id)}
    with world.database.unit_of_work() as session:
        follow_dispute(session, DisputeMoved(**told, state="appeal_under_review", withdrawn_minor=10_000))
    assert "payments.hold_disputed" not in {name for name, _ in world.queue.deferred}, "the seller owes it already"
    with world.database.unit_of_work() as session:
        legs = [debit("A:bank", Money(10_000, "usd")), credit(dispute_clearing(dispute_id), Money(10_000, "usd"))]
        post(session, "back", "dispute", legs, occurred_at=now())
        session.get_one(Dispute, dispute_id).withdrawn_minor = 0
        session.flush()
        for _ in range(2):
            follow_dispute(session, DisputeMoved(**told, state="won", withdrawn_minor=0))

    assert world.balance(dispute_clearing(dispute_id)) == 0
    assert world.balance("R:commission") == -1_500
    assert world.balance(f"A:seller_recv:{seller.id}") == 0
    assert world.balance(f"L:seller_hold:{seller.id}") == 0
    assert world.owed(seller).minor == (0 if owes else 8_500)
    assert world.rows("select amount_minor from dispute_line") == [(0,)], "all of it can be refunded again"
    ((alert,),) = world.rows("select alert from customer_order")
    assert alert.count("won on appeal") == 1


def rate(world: World, eur: str) -> None:
    """What Stripe gives for a euro from now on; the platform is settled in dollars."""
    world.sandbox.control("rates", {"eur": eur})


def euros_paid_in(world: World, buyer, minor: int) -> str:
    price = Money(minor, "eur")
    ref, url = start_top_up(
        world.database, world.gateway, buyer, price, key="click", return_url=RETURN_URL, now=now()
    )  # fmt: skip
    assert world.pay(url, AT_ONCE).status_code == 303
    world.settle("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")
    return ref


def test_credit_that_stripe_exchanges_leaves_no_clearing_open(world: World, buyer, seller):
    listing = world.listing(seller, 9_000, "eur")
    rate(world, "1.08")
    ref = euros_paid_in(world, buyer, 9_000)
    kept, fee = "A:exchanged:eur_usd", ("X:stripe_fee", "usd")
    assert clean(world) == {
        ("A:stripe", "usd"): 9_720 - 409,
        fee: 409,
        (kept, "eur"): 9_000,
        (kept, "usd"): -9_720,
        (f"L:buyer_credit:{buyer.id}", "eur"): -9_000,
    }

    terms = RunTerms(buyer.id, listing.dataset_id, seller.id, "query", "eur", 3_000)
    with world.database.unit_of_work() as session:
        reserve_run(session, terms, 1_000 * MICROS, key="run", now=now())
        charge_run(session, "run", 1_000 * MICROS, now=now())
    with world.database.unit_of_work() as session:
        pay_usage(session, now=now())
    with world.database.snapshot() as session:
        assert all(each.agrees for each in payables(session, unplanned=usage_unplanned(session)))
        assert seller_statement(session, seller, month_of(now().date()), "eur").adds_up
        assert seller_statement(session, seller, month_of(now().date()), "usd").adds_up
    world.work()
    assert world.rows("select currency, amount_minor, state from transfer") == [("usd", 756, "created")]

    rate(world, "1.10")
    with world.database.unit_of_work() as session:
        assert refund_top_up(session, buyer, ref, now=now()).amount == Money(8_000, "eur")
    world.work()
    world.settle("charge.refunded")
    assert clean(world) == {
        ("A:stripe", "usd"): 9_720 - 409 - 756 - 8_800,
        fee: 409,
        (kept, "eur"): 300,
        (kept, "usd"): -324,
        ("R:usage_share", "eur"): -300,
        ("X:fx_loss", "usd"): 160,
    }


@pytest.mark.calm
def test_exchanged_credit_that_is_disputed_leaves_the_wallet_it_went_into(world: World, buyer):
    rate(world, "1.08")
    euros_paid_in(world, buyer, 9_000)
    rate(world, "1.05")
    disputed(world, "lost")
    gained = 9_720 - 9_450
    assert clean(world) == {
        ("A:stripe", "usd"): 9_720 - 409 - 9_450 - 1_500,
        ("X:stripe_fee", "usd"): 409,
        ("X:dispute_fee", "usd"): 1_500,
        ("X:fx_loss", "usd"): -gained,
    }


@pytest.mark.calm
def test_hosting_that_stripe_exchanges_leaves_no_clearing_open_when_paid_twice_either(world: World, seller, listing):
    operator = world.operator()
    with world.database.unit_of_work() as session:
        price = Money(2_900, "eur")
        set_hosting_policy(session, operator, required=False, trial_days=0, price=price, now=now())
        slug = stores_of(session, seller)[0].slug
    rate(world, "1.08")
    asked = {"return_url": RETURN_URL, "now": now()}
    checkouts = [pay_hosting(world.database, world.gateway, seller, slug, key=key, **asked) for key in "ab"]

    assert finish_both(world, seller, checkouts) == ["active", "canceled"]

    books = clean(world)
    assert (books["A:exchanged:eur_usd", "eur"], books["A:exchanged:eur_usd", "usd"]) == (2_900, -3_132)
    assert books[f"L:deferred_hosting:{seller.id}", "eur"] == -2_900


@pytest.mark.calm
def test_exchanged_credit_a_bank_sends_back_is_in_the_wallet_and_exchanged_again(world: World, buyer):
    rate(world, "1.08")
    ref = euros_paid_in(world, buyer, 9_000)
    with world.database.unit_of_work() as session:
        refund_top_up(session, buyer, ref, now=now())
    world.work()
    world.settle("charge.refunded")
    ((refund_id,),) = world.rows("select stripe_id from refund")
    world.sandbox.control(f"refunds/{refund_id}/fail")
    world.settle("refund.failed")

    assert clean(world) == {
        ("A:stripe", "usd"): 9_720 - 409,
        ("X:stripe_fee", "usd"): 409,
        ("A:exchanged:eur_usd", "eur"): 9_000,
        ("A:exchanged:eur_usd", "usd"): -9_720,
        (f"L:buyer_credit:{buyer.id}", "eur"): -9_000,
    }
