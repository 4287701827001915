"""Wallets pay what runs cost, never more than is there, and agree with the books."""

import threading
from datetime import timedelta

import pytest

from polidat.access import (
    CREDIT_LASTS,
    HOLD_LEASE,
    OverSpendingCap,
    RunTerms,
    WalletEmpty,
    WalletFrozen,
    WalletState,
    add_credit,
    charge_run,
    charges_to,
    drifted_wallets,
    expire_credit,
    free_expired_holds,
    freeze_wallet,
    freezes_of,
    limit_wallet,
    release_run,
    reserve_run,
    take_credit,
    thaw_wallet,
    wallets_of,
)
from polidat.core import MICROS, Invalid, Money, micros_text, parse_micros
from polidat.lake import new_dataset
from polidat.ledger import balance_of, drifted_balances, trial_balance
from polidat.people import register
from tests.conftest import NOON

CENT = MICROS


@pytest.fixture
def seller(session):
    return register(session, "seller@example.org", now=NOON)


@pytest.fixture
def buyer(session):
    return register(session, "buyer@example.org", now=NOON)


@pytest.fixture
def terms(session, seller, buyer):
    dataset = new_dataset(session, seller, "store", "Polls", now=NOON)
    return RunTerms(buyer.id, dataset.id, seller.id, "query", "usd", 3_000)


def paid_in(session, buyer, minor=5_000, key="top_1"):
    return add_credit(session, buyer.id, Money(minor, "usd"), origin=f"C:order:{key}", key=key, at=NOON)


def run(session, terms, micros, key, *, most=None, now=NOON):
    reserve_run(session, terms, micros if most is None else most, key=key, now=now)
    return charge_run(session, key, micros, now=now)


def agrees(session):
    assert drifted_wallets(session) == []
    assert drifted_balances(session) == []
    assert sum(each.minor for each in trial_balance(session)) == 0


def test_a_run_costs_what_it_used_and_the_rest_is_freed(session, buyer, terms):
    wallet = paid_in(session, buyer, 100)
    reserve_run(session, terms, 40 * CENT, key="run_1", now=NOON)
    session.refresh(wallet)
    assert (wallet.held_micros, wallet.free_micros) == (40 * CENT, 60 * CENT)

    assert charge_run(session, "run_1", 15 * CENT, now=NOON) == 15 * CENT

    session.refresh(wallet)
    assert (wallet.held_micros, wallet.balance_micros) == (0, 85 * CENT)
    assert [each.micros for each in charges_to(session, buyer)] == [15 * CENT]
    assert balance_of(session, f"L:buyer_credit:{buyer.id}", "usd") == -85
    agrees(session)


def test_a_run_never_costs_more_than_was_reserved(session, buyer, terms):
    paid_in(session, buyer, 100)

    assert run(session, terms, 90 * CENT, "run_1", most=10 * CENT) == 10 * CENT
    agrees(session)


def test_charging_twice_takes_once(session, buyer, terms):
    paid_in(session, buyer, 100)
    assert run(session, terms, 7 * CENT, "run_1") == 7 * CENT

    assert charge_run(session, "run_1", 7 * CENT, now=NOON) == 7 * CENT
    assert wallets_of(session, buyer)[0].balance_micros == 93 * CENT
    agrees(session)


def test_uses_below_a_cent_reach_the_books_when_they_are_whole(session, buyer, seller, terms):
    paid_in(session, buyer)
    price = parse_micros("0.0135", "usd")
    for number in range(120):
        run(session, terms, price, f"run_{number}")

    assert balance_of(session, f"L:buyer_credit:{buyer.id}", "usd") == -(5_000 - 162)
    assert balance_of(session, f"L:seller:{seller.id}", "usd") == -113
    assert balance_of(session, "R:usage_share", "usd") == -49
    agrees(session)


def test_what_is_not_there_stops_the_run_before_it_starts(session, buyer, terms):
    with pytest.raises(WalletEmpty, match=r"up to 0\.20 USD, and your wallet has 0\.00 USD"):
        reserve_run(session, terms, 20 * CENT, key="run_1", now=NOON)
    paid_in(session, buyer, 30)
    reserve_run(session, terms, 20 * CENT, key="run_2", now=NOON)
    with pytest.raises(WalletEmpty, match=r"0\.10 USD free"):
        reserve_run(session, terms, 20 * CENT, key="run_3", now=NOON)


def test_a_run_that_failed_costs_nothing(session, buyer, terms):
    paid_in(session, buyer, 30)
    reserve_run(session, terms, 20 * CENT, key="run_1", now=NOON)
    release_run(session, "run_1")
    release_run(session, "run_1")

    assert wallets_of(session, buyer)[0].free_micros == 30 * CENT
    assert charge_run(session, "run_1", 20 * CENT, now=NOON) == 0


def test_a_hold_whose_process_died_ends_with_its_lease(session, buyer, terms):
    paid_in(session, buyer, 30)
    reserve_run(session, terms, 20 * CENT, key="run_1", now=NOON)

    assert free_expired_holds(session, now=NOON + HOLD_LEASE - timedelta(seconds=1)) == 0
    later = NOON + HOLD_LEASE
    reserve_run(session, terms, 30 * CENT, key="run_2", now=later)  # frees what is over by itself
    session.expire_all()
    assert wallets_of(session, buyer)[0].held_micros == 30 * CENT
    assert free_expired_holds(session, now=later + HOLD_LEASE) == 1


def test_a_cap_holds_for_a_month(session, buyer, terms):
    paid_in(session, buyer)
    limit_wallet(session, buyer, "usd", cap=Money(50, "usd"), notice=Money(0, "usd"), now=NOON)
    run(session, terms, 40 * CENT, "run_1")
    with pytest.raises(OverSpendingCap, match=r"0\.50 USD a month"):
        reserve_run(session, terms, 11 * CENT, key="run_2", now=NOON)

    run(session, terms, 50 * CENT, "run_3", now=NOON + timedelta(days=20))
    agrees(session)


@pytest.mark.parametrize("cap", [Money(-1, "usd"), Money(100, "eur")])
def test_a_limit_that_means_nothing_is_refused(session, buyer, cap):
    with pytest.raises(Invalid):
        limit_wallet(session, buyer, "usd", cap=cap, notice=Money(0, "usd"), now=NOON)


def test_low_credit_is_told_once_until_more_is_paid_in(session, buyer, terms):
    from polidat.people import mails

    paid_in(session, buyer, 150)
    run(session, terms, 60 * CENT, "run_1")
    run(session, terms, 10 * CENT, "run_2")
    assert [each.subject for each in mails(session)] == ["Your PoliDat wallet is running low"]

    paid_in(session, buyer, 100, key="top_2")
    run(session, terms, 90 * CENT, "run_3")
    assert len(mails(session)) == 2


def test_credit_that_went_back_after_it_was_used_is_owed_and_freezes_the_wallet(session, buyer, terms):
    wallet = paid_in(session, buyer, 1_000)
    run(session, terms, 400 * CENT, "run_1")
    session.refresh(wallet)

    there = take_credit(session, buyer.id, Money(1_000, "usd"), goes_to="C:refund:top_1", key="ref_1:out", at=NOON)

    assert there == Money(600, "usd")
    assert balance_of(session, f"A:buyer_recv:{buyer.id}", "usd") == 400
    assert wallets_of(session, buyer)[0].state == WalletState.FROZEN
    agrees(session)
    paid_in(session, buyer, 100, key="top_2")
    with pytest.raises(WalletFrozen):
        reserve_run(session, terms, CENT, key="run_2", now=NOON)

    paid_in(session, buyer, 500, key="top_3")  # the rest of what is owed, and 200 to spend
    assert balance_of(session, f"A:buyer_recv:{buyer.id}", "usd") == 0
    assert run(session, terms, 200 * CENT, "run_3") == 200 * CENT
    agrees(session)


def test_what_is_paid_back_ends_only_its_own_cause(session, buyer, terms):
    paid_in(session, buyer, 1_000)
    run(session, terms, 400 * CENT, "run_1")
    freeze_wallet(session, buyer.id, "usd", cause="dispute:dp_1", now=NOON)
    take_credit(session, buyer.id, Money(1_000, "usd"), goes_to="C:refund:top_1", key="ref_1:out", at=NOON)
    assert freezes_of(session, buyer) == {"usd": ["debt", "dispute:dp_1"]}

    paid_in(session, buyer, 500, key="top_2")
    assert freezes_of(session, buyer) == {"usd": ["dispute:dp_1"]}
    with pytest.raises(WalletFrozen):
        reserve_run(session, terms, CENT, key="run_2", now=NOON)


def test_a_frozen_wallet_pays_again_when_its_last_cause_is_gone(session, buyer, terms):
    paid_in(session, buyer, 100)
    for cause in ("dispute:dp_1", "dispute:dp_2", "dispute:dp_1"):
        freeze_wallet(session, buyer.id, "usd", cause=cause, now=NOON)
    assert freezes_of(session, buyer) == {"usd": ["dispute:dp_1", "dispute:dp_2"]}
    for cause in ("dispute:dp_3", "dispute:dp_2"):
        thaw_wallet(session, buyer.id, "usd", cause=cause, now=NOON)
        with pytest.raises(WalletFrozen):
            reserve_run(session, terms, CENT, key="run_1", now=NOON)
    thaw_wallet(session, buyer.id, "usd", cause="dispute:dp_1", now=NOON)
    assert run(session, terms, CENT, "run_2") == CENT


def test_untouched_credit_expires_after_two_years(session, buyer, terms):
    paid_in(session, buyer, 500)
    run(session, terms, parse_micros("1.6255", "usd"), "run_1")

    assert expire_credit(session, now=NOON + CREDIT_LASTS - timedelta(days=1)) == 0
    assert expire_credit(session, now=NOON + CREDIT_LASTS) == 1

    assert balance_of(session, f"L:buyer_credit:{buyer.id}", "usd") == 0
    assert balance_of(session, "R:breakage", "usd") == -338
    session.expire_all()
    agrees(session)


def test_two_hundred_at_once_never_overspend_one_unit(new_database):
    database = new_database()
    with database.unit_of_work() as session:
        seller = register(session, "seller@example.org", now=NOON)
        buyer = register(session, "buyer@example.org", now=NOON)
        dataset = new_dataset(session, seller, "store", "Polls", now=NOON)
        paid_in(session, buyer, 100)
    terms = RunTerms(buyer.id, dataset.id, seller.id, "query", "usd", 1_500)
    outcome: list[str] = []

    def use(first: int) -> None:
        for number in range(first, 200, 16):
            try:
                with database.unit_of_work() as session:
                    reserve_run(session, terms, 2 * CENT, key=f"run_{number}", now=NOON)
                with database.unit_of_work() as session:
                    charge_run(session, f"run_{number}", 2 * CENT if number % 2 else 1_350_000, now=NOON)
                outcome.append("paid")
            except WalletEmpty:
                outcome.append("stopped")

    threads = [threading.Thread(target=use, args=(each,)) for each in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    with database.reading() as session:
        agrees(session)
        wallet = wallets_of(session, buyer)[0]
        spent = sum(each.micros for each in charges_to(session, buyer, limit=500))
    assert len(outcome) == 200
    assert "stopped" in outcome
    assert wallet.held_micros == 0
    assert wallet.balance_micros == 100 * CENT - spent
    assert 0 <= wallet.balance_micros < 2 * CENT


def test_prices_finer_than_a_cent_are_read_and_shown():
    assert parse_micros("0.0135", "usd") == 1_350_000
    assert micros_text(1_350_000, "usd") == "0.0135 USD"
    assert micros_text(5_000 * MICROS, "usd") == "50.00 USD"
    assert micros_text(3_500_000, "jpy") == "3.5 JPY"
    for bad in ("", "-1", "1e-12", "nan", "one"):
        with pytest.raises(Invalid):
            parse_micros(bad, "usd")
