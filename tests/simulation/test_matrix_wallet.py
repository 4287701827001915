"""The money matrix: credit paid ahead, used by the run, given back, disputed, expired."""

from datetime import timedelta

import pytest

from polidat.access import (
    CREDIT_LASTS,
    RunTerms,
    WalletEmpty,
    WalletState,
    charge_run,
    drifted_wallets,
    expire_credit,
    freezes_of,
    reserve_run,
    wallets_of,
)
from polidat.core import MICROS, Conflict, Invalid, Money, parse_micros
from polidat.orders import NoSuchTopUp, NothingToRefund, pay_usage, refund_top_up, start_top_up, sync_top_up, top_ups_of
from polidat.payments import resend_short_transfers, transfers_of
from tests.payments.world import DECLINED, RETURN_URL, World, now
from tests.stripe_sandbox.conftest import eventually

AT_ONCE = "4000000000000077"
TOLD = ("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")


def top_up(world: World, buyer, minor=5_000, *, key="click-1", card="4242424242424242") -> str:
    ref, url = start_top_up(
        world.database, world.gateway, buyer, Money(minor, "usd"), key=key, return_url=RETURN_URL, now=now()
    )
    assert (world.pay(url, card).status_code == 303) is (card != DECLINED)
    return ref


def paid_in(world: World, buyer, minor=5_000, *, key="click-1", card=AT_ONCE) -> str:
    ref = top_up(world, buyer, minor, key=key, card=card)
    world.settle(*TOLD)
    assert sync_top_up(world.database, world.gateway, buyer, ref, now=now()).paid_charge is not None
    return ref


def use(world: World, buyer, seller, listing, micros: int, *, times: int = 1, bps: int = 3_000) -> None:
    terms = RunTerms(buyer.id, listing.dataset_id, seller.id, "query", "usd", bps)
    for number in range(times):
        with world.database.unit_of_work() as session:
            key = f"run_{micros}_{number}"
            reserve_run(session, terms, micros, key=key, now=now())
            charge_run(session, key, micros, now=now())


def wallet(world: World, buyer):
    with world.database.reading() as session:
        assert drifted_wallets(session) == []
        (found,) = wallets_of(session, buyer)
    return found


def pay_sellers(world: World) -> None:
    with world.database.unit_of_work() as session:
        pay_usage(session, now=now())
    world.work()


def test_case_55_credit_is_bought_used_and_expires(world: World, buyer, seller, listing):
    paid_in(world, buyer)
    assert world.books() == {
        ("A:stripe", "usd"): 4_825,
        ("X:stripe_fee", "usd"): 175,
        (f"L:buyer_credit:{buyer.id}", "usd"): -5_000,
    }

    use(world, buyer, seller, listing, parse_micros("0.0135", "usd"), times=120)
    assert world.owed(seller) == Money(113, "usd")
    assert world.balance("R:usage_share") == -49

    pay_sellers(world)
    pay_sellers(world)
    assert world.owed(seller) == Money(0, "usd")

    with world.database.unit_of_work() as session:
        assert expire_credit(session, now=now() + CREDIT_LASTS + timedelta(minutes=1)) == 1
    assert wallet(world, buyer).balance_micros == 0
    assert world.books() == {
        ("A:stripe", "usd"): 4_825 - 113,
        ("X:stripe_fee", "usd"): 175,
        ("R:usage_share", "usd"): -49,
        ("R:breakage", "usd"): -(5_000 - 162),
    }
    world.agrees_with_stripe()


def test_uses_are_paid_when_the_platform_has_the_money(world: World, buyer, seller, listing):
    paid_in(world, buyer, 1_000, card="4242424242424242")  # its money is on its way for days
    use(world, buyer, seller, listing, 1_000 * MICROS)
    pay_sellers(world)
    assert world.owed(seller) == Money(700, "usd")

    paid_in(world, buyer, 2_000, key="click-2")
    with world.database.unit_of_work() as session:
        assert resend_short_transfers(session, now=now()) == 1
    world.work()
    assert world.owed(seller) == Money(0, "usd")
    world.agrees_with_stripe()


def test_case_55_use_stops_hard_at_nothing(world: World, buyer, seller, listing):
    paid_in(world, buyer, 100)
    use(world, buyer, seller, listing, 30 * MICROS, times=3)
    with pytest.raises(WalletEmpty):
        use(world, buyer, seller, listing, 11 * MICROS)
    assert wallet(world, buyer).balance_micros == 10 * MICROS


def test_case_56_only_unused_credit_is_given_back(world: World, buyer, seller, listing):
    ref = paid_in(world, buyer)
    use(world, buyer, seller, listing, 162 * MICROS)
    with world.database.unit_of_work() as session:
        refund = refund_top_up(session, buyer, ref, now=now())
    assert refund.amount == Money(4_838, "usd")
    traced = world.rows("select actor_id, after ->> 'amount' from audit_entry where action = 'refund'")
    assert traced == [(buyer.id, "48.38 USD")]
    assert wallet(world, buyer).balance_micros == 0  # at once: it cannot be spent while it goes back

    world.work()
    world.settle("charge.refunded")
    assert world.balance(f"L:buyer_credit:{buyer.id}") == 0
    assert world.balance(f"C:refund:{ref}") == 0
    world.agrees_with_stripe()
    with pytest.raises(NothingToRefund), world.database.unit_of_work() as session:
        refund_top_up(session, buyer, ref, now=now())
    assert world.told(buyer) == ["48.38 USD is on its way back to you", "50.00 USD is in your PoliDat wallet"]


def test_case_56_what_went_back_after_it_was_used_is_owed(world: World, buyer, seller, listing):
    ref = paid_in(world, buyer)
    use(world, buyer, seller, listing, 162 * MICROS)
    (charge,) = world.sandbox.client().v1.charges.list().data
    world.sandbox.client().v1.refunds.create({"charge": charge.id})  # in Stripe's dashboard
    world.settle("charge.refunded")

    assert world.balance(f"A:buyer_recv:{buyer.id}") == 162
    assert wallet(world, buyer).state == WalletState.FROZEN
    assert world.balance(f"C:refund:{ref}") == 0
    world.agrees_with_stripe()


def test_a_declined_top_up_adds_nothing_and_can_be_tried_again(world: World, buyer):
    ref = top_up(world, buyer, card=DECLINED)
    with world.database.reading() as session:
        assert list(wallets_of(session, buyer)) == []
    _, url = start_top_up(
        world.database, world.gateway, buyer, Money(5_000, "usd"), key="click-1", return_url=RETURN_URL, now=now()
    )
    assert world.pay(url).status_code == 303

    assert sync_top_up(world.database, world.gateway, buyer, ref, now=now()).paid_charge is not None
    world.settle(*TOLD)
    assert wallet(world, buyer).balance_micros == 5_000 * MICROS
    with world.database.reading() as session:
        assert [each.public_id for each in top_ups_of(session, buyer)] == [ref]


def test_a_disputed_top_up_freezes_the_wallet_and_a_won_one_thaws_it(world: World, buyer):
    ref = paid_in(world, buyer)
    (charge,) = world.sandbox.client().v1.charges.list().data
    opened = world.sandbox.control(f"charges/{charge.id}/dispute")
    world.settle("charge.dispute.created", "charge.dispute.funds_withdrawn")
    assert wallet(world, buyer).state == WalletState.FROZEN
    assert "Your PoliDat wallet rests" in world.told(buyer)

    world.sandbox.control(f"disputes/{opened['id']}/decide", {"outcome": "won"})
    world.settle("charge.dispute.closed")
    assert wallet(world, buyer).state == WalletState.ACTIVE
    assert "Your bank has decided about your PoliDat wallet" in world.told(buyer)
    assert world.balance(f"C:order:{ref}") == 0
    world.agrees_with_stripe()


def disputed(world: World, *charges: str) -> list[str]:
    """The disputes over these charges, each of which has taken its money."""
    opened = [world.sandbox.control(f"charges/{each}/dispute")["id"] for each in charges]
    heard(world, "charge.dispute.funds_withdrawn", len(opened))
    return opened


def decided(world: World, dispute: str, outcome: str) -> None:
    before = world.listener.types().count("charge.dispute.closed")
    world.sandbox.control(f"disputes/{dispute}/decide", {"outcome": outcome})
    heard(world, "charge.dispute.closed", before + 1)


def heard(world: World, kind: str, times: int) -> None:
    """Take what Stripe tells, once so many of a kind have come."""
    eventually(lambda: world.listener.types().count(kind) >= times)
    world.settle()


def test_a_wallet_thaws_with_the_last_of_its_disputes(world: World, buyer):
    refs = [paid_in(world, buyer, key=key) for key in ("click-1", "click-2")]
    opened = disputed(world, *(each.id for each in world.sandbox.client().v1.charges.list().data))
    decided(world, opened[0], "won")
    assert wallet(world, buyer).state == WalletState.FROZEN
    with world.database.reading() as session:
        assert freezes_of(session, buyer) == {"usd": [f"dispute:{opened[1]}"]}

    decided(world, opened[1], "won")
    assert wallet(world, buyer).state == WalletState.ACTIVE
    assert [world.balance(f"C:order:{ref}") for ref in refs] == [0, 0]
    world.agrees_with_stripe()


def test_a_dispute_that_is_lost_leaves_only_what_is_owed(world: World, buyer, seller, listing):
    paid_in(world, buyer)
    paid_in(world, buyer, key="click-2")
    use(world, buyer, seller, listing, 6_000 * MICROS)
    first, second = disputed(world, *(each.id for each in world.sandbox.client().v1.charges.list().data))
    decided(world, first, "lost")
    with world.database.reading() as session:
        assert freezes_of(session, buyer) == {"usd": [f"dispute:{second}", "debt"]}

    decided(world, second, "won")
    found = wallet(world, buyer)
    assert (found.state, world.balance(f"A:buyer_recv:{buyer.id}")) == (WalletState.FROZEN, 1_000)
    world.agrees_with_stripe()


def test_a_lost_dispute_takes_the_credit(world: World, buyer, seller, listing):
    paid_in(world, buyer)
    use(world, buyer, seller, listing, 1_000 * MICROS)
    (charge,) = world.sandbox.client().v1.charges.list().data
    opened = world.sandbox.control(f"charges/{charge.id}/dispute")
    world.sandbox.control(f"disputes/{opened['id']}/decide", {"outcome": "lost"})
    world.settle("charge.dispute.closed")

    assert wallet(world, buyer).balance_micros == 0
    assert world.balance(f"A:buyer_recv:{buyer.id}") == 1_000
    assert world.balance(f"C:dispute:{opened['id']}") == 0
    world.agrees_with_stripe()


def test_a_refund_stripe_refuses_takes_nothing_of_its_own(world: World, buyer):
    ref = paid_in(world, buyer)
    (charge,) = world.sandbox.client().v1.charges.list().data
    with world.database.unit_of_work() as session:
        refund_top_up(session, buyer, ref, now=now())
    world.sandbox.client().v1.refunds.create({"charge": charge.id})  # somebody was faster in the dashboard
    world.work()
    world.settle("charge.refunded")

    found = wallet(world, buyer)
    assert (found.balance_micros, found.state) == (0, WalletState.ACTIVE)
    assert world.balance(f"A:buyer_recv:{buyer.id}") == 0
    assert world.balance(f"C:refund:{ref}") == 0
    assert "50.00 USD is in your wallet again" in world.told(buyer)
    world.agrees_with_stripe()


@pytest.mark.parametrize(("minor", "code"), [(99, "usd"), (1_000_001, "usd"), (5_125, "kwd")])
def test_amounts_nobody_can_charge_are_refused(world: World, buyer, minor, code):
    with pytest.raises(Invalid):
        start_top_up(
            world.database, world.gateway, buyer, Money(minor, code), key="k", return_url=RETURN_URL, now=now()
        )


def test_a_key_is_one_top_up_of_one_person(world: World, buyer):
    ref = top_up(world, buyer)
    with pytest.raises(Conflict, match="another amount"):
        top_up(world, buyer, 6_000)
    other = world.person("other")
    with pytest.raises(NoSuchTopUp):
        sync_top_up(world.database, world.gateway, other, ref, now=now())
    with pytest.raises(NoSuchTopUp), world.database.unit_of_work() as session:
        refund_top_up(session, other, ref, now=now())


def test_a_sellers_debt_is_paid_by_uses_first(world: World, buyer, seller, listing):
    from polidat.ledger import Leg, post

    paid_in(world, buyer)
    with world.database.unit_of_work() as session:
        legs = [Leg(f"A:seller_recv:{seller.id}", 100, "usd"), Leg("R:commission", -100, "usd")]
        post(session, "debt", "test", legs, occurred_at=now())
    use(world, buyer, seller, listing, 1_000 * MICROS)
    pay_sellers(world)

    assert world.balance(f"A:seller_recv:{seller.id}") == 0
    with world.database.reading() as session:
        (sent,) = transfers_of(session, f"usage_{seller.id}_700")
    assert (sent.amount_minor, sent.state) == (600, "created")
    assert world.owed(seller) == Money(0, "usd")


def test_a_seller_does_not_pay_for_their_own(world: World, buyer, seller, listing):
    from polidat.catalog import Priced, pay_per_use, set_usage_prices

    with world.database.unit_of_work() as session:
        set_usage_prices(session, seller, listing.id, {Priced.QUERY: 1_350_000})
        with pytest.raises(Conflict):
            pay_per_use(session, seller, listing.id, now=now())
