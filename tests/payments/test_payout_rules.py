"""What a payout must be, and that one which came back is told."""

import pytest

from polidat.core import Invalid, Money
from polidat.payments import (
    NoBankForCurrency,
    NotAtOnce,
    NotEnoughToPayOut,
    PayoutLimitReached,
    SellerBank,
    pay_out,
    payouts_of,
    sync_account,
)
from polidat.payments.payout_rules import PayoutsOff, check_payout, refusal_of
from tests.payments.world import World, now

AT_ONCE = "4000 0000 0000 0077"


def bank(currency: str = "usd", *, takes_instant: bool = False, ref: str = "ba_1") -> SellerBank:
    return SellerBank(id=ref, currency=currency, takes_instant=takes_instant, is_default=ref == "ba_1")


@pytest.mark.parametrize(
    ("amount", "method", "banks", "refusal"),
    [
        (Money(0, "usd"), "standard", [], Invalid),
        (Money(-5, "usd"), "standard", [], Invalid),
        (Money(100, "usd"), "pigeon", [], Invalid),
        (Money(49, "usd"), "instant", [bank(takes_instant=True)], Invalid),
        (Money(5_005, "kwd"), "standard", [bank("kwd")], Invalid),
        (Money(100, "eur"), "standard", [bank()], NoBankForCurrency),
        (Money(100, "usd"), "instant", [bank()], NotAtOnce),
        (Money(100, "usd"), "instant", [bank(), bank("eur", takes_instant=True)], NotAtOnce),
    ],
)
def test_what_cannot_be_paid_out_whatever_there_is(amount, method, banks, refusal):
    with pytest.raises(refusal):
        check_payout(amount, method, banks)


@pytest.mark.parametrize(
    ("amount", "method", "banks", "goes_to"),
    [
        (Money(1, "usd"), "standard", [bank(ref="ba_2"), bank()], "ba_1"),
        (Money(50, "usd"), "instant", [bank(), bank(takes_instant=True, ref="ba_2")], "ba_2"),
        (Money(100, "eur"), "instant", [], None),
    ],
)
def test_what_may_be_asked_and_where_it_goes(amount, method, banks, goes_to):
    chosen = check_payout(amount, method, banks)

    assert (chosen.id if chosen else None) == goes_to


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("balance_insufficient", NotEnoughToPayOut),
        ("instant_payouts_unsupported", NotAtOnce),
        ("payouts_limit_exceeded", PayoutLimitReached),
        ("parameter_missing", type(None)),
        ("payouts_not_allowed", PayoutsOff),
        (None, type(None)),
    ],
)
def test_what_a_refusal_of_stripes_means(code, kind):
    assert type(refusal_of(code, Money(1, "usd"))) is kind


@pytest.fixture
def rich(world: World):
    """A seller with 85.00 at Stripe and a bank account that takes no instant payouts."""
    seller = world.seller()
    order = world.order(world.person("buyer"), world.listing(seller))
    world.pay(world.open_page(world.link(world.person("buyer"), order)), AT_ONCE)
    world.settle("charge.succeeded")
    ((account,),) = world.rows("select stripe_id from seller_account")
    api = world.sandbox.client().v1.accounts.external_accounts
    api.create(account, {"external_account": "btok_us_accountClosed"})
    return seller


def test_at_once_goes_only_where_it_can(world: World, rich):
    wish = {"method": "instant", "key": "click"}
    with pytest.raises(NotAtOnce):  # Stripe says so: we were not told of the bank yet
        pay_out(world.database, world.gateway, rich, Money(1_000, "usd"), **wish)
    sync_account(world.database, world.gateway, rich, now=now())
    with pytest.raises(NotAtOnce):
        pay_out(world.database, world.gateway, rich, Money(1_000, "usd"), **wish)
    with pytest.raises(NoBankForCurrency, match="EUR"):
        pay_out(world.database, world.gateway, rich, Money(1_000, "eur"), **wish)

    ((account,),) = world.rows("select stripe_id from seller_account")
    world.sandbox.client().v1.accounts.external_accounts.create(account, {"external_account": "tok_visa_debit"})
    sync_account(world.database, world.gateway, rich, now=now())

    paid = pay_out(world.database, world.gateway, rich, Money(1_000, "usd"), method="instant", key="again")
    assert paid.fee == Money(50, "usd")
    (made,) = world.sandbox.client().v1.payouts.list(options={"stripe_account": account}).data
    assert (made.type, made.destination.startswith("card_")) == ("card", True)


def test_payouts_are_kept_by_events_and_one_that_came_back_is_told_once(world: World, rich):
    payout = pay_out(world.database, world.gateway, rich, Money(8_500, "usd"), method="standard", key="click")
    world.settle("payout.created")
    with world.database.reading() as session:
        assert [each.state for each in payouts_of(session, rich)] == ["pending"]

    world.sandbox.control(f"payouts/{payout.id}/fail")
    world.settle("payout.failed")
    world.receive(world.deliveries("payout.failed"))
    world.work()

    with world.database.reading() as session:
        assert [each.state for each in payouts_of(session, rich)] == ["failed"]
    (told,) = world.rows("select body from mail where subject = 'A payout came back'")
    assert "85.00 USD of your sales came back from your bank: The bank account has been closed." in told[0]


def test_the_houses_own_payouts_are_nobodys(world: World, rich):
    world.sandbox.client().v1.payouts.create({"amount": 100, "currency": "usd"})

    world.settle("payout.created")

    assert world.rows("select state from stripe_event where type = 'payout.created'") == [("ignored",)]
    assert world.rows("select count(*) from payout") == [(0,)]
