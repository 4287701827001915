"""The least price, unusual use and payouts to a new bank account: each fires, stays silent, only notes, gives back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from polidat.access import record_use
from polidat.catalog import Interval, PlanOffer, PriceTooLow, set_plans, set_price
from polidat.core import Conflict, Money, NotAllowed
from polidat.events import audit_entries
from polidat.orders import (
    PayoutDelayed,
    RuleMode,
    ask_payout,
    change_rule,
    decide_finding,
    end_payout_waits,
    fraud_rules,
    lift_finding,
    open_findings,
    set_rule_mode,
    standing_findings,
    values_of,
    watch_usage,
    would_have_caught,
)
from polidat.orders.fraud_rules import least_price
from polidat.payments import (
    KEEP_SCHEDULE,
    NotEnoughToPayOut,
    banks_of,
    pause_payouts,
    resume_payouts,
    sync_account,
)
from polidat.payments.payout_rules import check_payout
from polidat.people import holder_of_key, key_holds_of, keys_of, mails, make_api_key, note_network
from polidat.query import may_download
from tests.payments.world import World, now


@pytest.fixture
def operator(world: World):
    return world.operator()


@pytest.fixture
def seller(world: World):
    return world.seller()


def change(world: World, operator, code: str, **values) -> None:
    with world.database.unit_of_work() as session:
        was = values_of(next(each for each in fraud_rules(session, operator) if each.code == code))
        change_rule(session, operator, code, replace(was, **values))


def waiting(world: World, operator) -> list[tuple[str, str, str]]:
    with world.database.reading() as session:
        return [(each.rule_code, each.mode, each.subject) for each in open_findings(session, operator)]


def decide(world: World, operator, *, fraud: bool) -> None:
    with world.database.unit_of_work() as session:
        (finding,) = open_findings(session, operator)
        decide_finding(session, operator, finding.id, fraud=fraud, now=now())


def caught(world: World, operator, code: str, **values) -> list[str]:
    with world.database.reading() as session:
        was = values_of(next(each for each in fraud_rules(session, operator) if each.code == code))
        found = would_have_caught(session, operator, code, replace(was, **values), now=now())
    return [each.subject for each in found]


def ask(world: World, seller, listing, minor: int, currency: str = "usd") -> None:
    with world.database.unit_of_work() as session:
        set_price(session, seller, listing.id, Money(minor, currency))


def test_less_than_the_least_price_is_refused_and_waits_for_review(world: World, operator, seller):
    listing = world.listing(seller)
    ask(world, seller, listing, 100)
    assert waiting(world, operator) == []
    for _ in range(2):
        with pytest.raises(PriceTooLow, match=r"at least 1\.00 USD"):
            ask(world, seller, listing, 99)
    assert waiting(world, operator) == [("F3", "active", f"listing:{listing.id}:99:usd")]
    assert world.rows("select price_minor from listing") == [(100,)]
    assert caught(world, operator, "F3") == [f"listing:{listing.id}:99:usd"]

    decide(world, operator, fraud=False)
    ask(world, seller, listing, 99)
    with pytest.raises(PriceTooLow):
        ask(world, seller, listing, 98)


def test_a_low_price_that_was_fraud_stays_refused(world: World, operator, seller):
    listing = world.listing(seller)
    with pytest.raises(PriceTooLow):
        ask(world, seller, listing, 60)
    decide(world, operator, fraud=True)
    with pytest.raises(PriceTooLow):
        ask(world, seller, listing, 60)


def test_the_least_price_is_the_rules_and_holds_for_subscriptions(world: World, operator, seller):
    listing = world.listing(seller)
    change(world, operator, "F3", threshold=500)
    with pytest.raises(PriceTooLow, match=r"at least 5\.00 USD"), world.database.unit_of_work() as session:
        set_plans(session, seller, listing.id, {Interval.MONTH: PlanOffer(Money(499, "usd"))})
    assert world.rows("select count(*) from plan") == [(0,)]
    ask(world, seller, listing, 500)


def test_in_shadow_a_low_price_is_only_noted(world: World, operator, seller):
    listing = world.listing(seller)
    change(world, operator, "F3", mode="shadow")
    ask(world, seller, listing, 60)
    assert waiting(world, operator) == [("F3", "shadow", f"listing:{listing.id}:60:usd")]
    change(world, operator, "F3", mode="off")
    ask(world, seller, listing, 61)
    assert len(waiting(world, operator)) == 1
    with pytest.raises(PriceTooLow, match=r"0\.50 USD"):  # less no card pays, whatever the rule
        ask(world, seller, listing, 49)


@pytest.mark.parametrize(("code", "minor"), [("usd", 100), ("jpy", 1), ("kwd", 1_000)])
def test_the_least_price_is_one_unit_whatever_the_decimals(code, minor):
    assert least_price(100, code) == Money(minor, code)
    assert least_price(101, "jpy") == Money(2, "jpy")


def read(world: World, reader, dataset_id: int, *, times: int, kind: str = "api", rows: int = 10, at=None) -> None:
    with world.database.unit_of_work() as session:
        for _ in range(times):
            record_use(
                session, reader.id, dataset_id, kind, scanned_rows=rows, scanned_bytes=1, elapsed_ms=1, now=at or now()
            )


def watched(world: World) -> int:
    with world.database.unit_of_work() as session:
        return watch_usage(session, now=now() + timedelta(seconds=1))


def test_who_reads_unusually_much_loses_the_keys_until_somebody_has_looked(world: World, operator, seller):
    reader, listing = world.person("reader"), world.listing(seller)
    change(world, operator, "F11", mode="active", threshold=5)
    with world.database.unit_of_work() as session:
        key = make_api_key(session, reader, "laptop", now=now()).secret
    read(world, reader, listing.dataset_id, times=4)
    read(world, reader, listing.dataset_id, times=9, at=now() - timedelta(hours=3))  # spread over more than the window
    read(world, seller, listing.dataset_id, times=9)  # one's own
    assert watched(world) == 0

    read(world, reader, listing.dataset_id, times=1)
    assert (watched(world), watched(world)) == (1, 0)
    ((code, mode, _),) = waiting(world, operator)
    with world.database.unit_of_work() as session:
        later = make_api_key(session, reader, "another", now=now()).secret
    for each in (key, later):
        with pytest.raises(NotAllowed, match="rest until"), world.database.unit_of_work() as session:
            holder_of_key(session, each, now=now())
    assert (code, mode) == ("F11", "active")

    decide(world, operator, fraud=False)
    with world.database.unit_of_work() as session:
        assert holder_of_key(session, key, now=now()).person.id == reader.id
        assert key_holds_of(session, reader) == []
        assert [each.action for each in audit_entries(session) if each.action.endswith("_api")] == [
            "resume_api", "make_api", "suspend_api", "make_api",
        ]  # fmt: skip
    assert watched(world) == 0


def test_who_read_by_fraud_has_no_keys_any_more(world: World, operator, seller):
    reader, listing = world.person("reader"), world.listing(seller)
    with world.database.unit_of_work() as session:
        make_api_key(session, reader, "laptop", now=now())
    change(world, operator, "F11", mode="active", threshold=1)
    read(world, reader, listing.dataset_id, times=1)
    assert watched(world) == 1
    decide(world, operator, fraud=True)
    with world.database.reading() as session:
        assert (list(keys_of(session, reader)), list(key_holds_of(session, reader))) == ([], [])


@pytest.mark.parametrize(
    ("kind", "times", "rows", "limits"),
    [
        ("download", 3, 1, {"downloads_min": 3, "million_rows_min": 0, "networks_min": 0}),
        ("query", 2, 1_000_000, {"downloads_min": 0, "million_rows_min": 2, "networks_min": 0}),
    ],
)
def test_downloads_and_rows_speak_too_in_shadow_only_noted(world: World, operator, seller, kind, times, rows, limits):
    reader, listing = world.person("reader"), world.listing(seller)
    change(world, operator, "F11", threshold=0, limits=limits)
    read(world, reader, listing.dataset_id, times=times - 1, kind=kind, rows=rows)
    assert watched(world) == 0
    read(world, reader, listing.dataset_id, times=1, kind=kind, rows=rows)
    assert watched(world) == 1
    ((code, mode, subject),) = waiting(world, operator)
    assert (code, mode) == ("F11", "shadow")
    assert caught(world, operator, "F11", threshold=0, limits=limits) == [subject]
    with world.database.reading() as session:
        assert list(key_holds_of(session, reader)) == []


def test_keys_used_from_many_networks_rest_and_downloads_with_them(world: World, operator):
    reader = world.person("reader")
    change(world, operator, "F11", mode="active")
    for number in range(6):
        assert watched(world) == 0
        with world.database.unit_of_work() as session:
            note_network(session, reader.id, f"203.0.{number}.0/24", now=now())

    assert (watched(world), watched(world)) == (1, 0)
    with world.database.reading() as session:
        (finding,) = open_findings(session, operator)
        assert (finding.person_id, finding.inputs) == (reader.id, {"networks": 6})
        assert not may_download(session, reader)
    assert caught(world, operator, "F11") == [finding.subject]
    decide(world, operator, fraud=False)
    with world.database.reading() as session:
        assert may_download(session, reader)


def bank_changed(world: World, seller, *, ago: timedelta) -> None:
    with world.database.unit_of_work() as session:
        at = now() - ago
        session.execute(text("update seller_account set bank_changed_at = :at where person_id = :id"),
                        {"at": at, "id": seller.id})  # fmt: skip


def paid_out(world: World, seller, minor: int) -> None:
    """What is asked for is more than there is: who gets so far was not delayed."""
    with pytest.raises(NotEnoughToPayOut):
        ask_payout(
            world.database, world.gateway, seller, Money(minor, "usd"), method="instant", key=f"k{minor}", now=now()
        )


def delayed(world: World, seller, minor: int, match: str) -> None:
    with pytest.raises(PayoutDelayed, match=match):
        ask_payout(world.database, world.gateway, seller, Money(minor, "usd"), method="standard", key="k", now=now())


def test_a_large_payout_waits_after_the_bank_account_changed(world: World, operator, seller):
    change(world, operator, "F13", mode="active")
    paid_out(world, seller, 60_000)  # it never changed
    bank_changed(world, seller, ago=timedelta(hours=71))
    paid_out(world, seller, 49_999)
    assert waiting(world, operator) == []
    for _ in range(2):
        delayed(world, seller, 50_000, "wait until")
    assert [each[:2] for each in waiting(world, operator)] == [("F13", "active")]
    with world.database.reading() as session:
        assert [each.subject for each in mails(session)] == ["Your payout waits: your bank account was changed"]
        assert sum(1 for each in audit_entries(session) if each.action == "payout") == 2  # none for what was delayed
    assert len(caught(world, operator, "F13")) == 1

    bank_changed(world, seller, ago=timedelta(hours=73))
    paid_out(world, seller, 60_001)


def test_a_card_that_was_just_added_beside_the_bank_delays_a_payout_to_it(world: World, operator, seller):
    change(world, operator, "F13", mode="active")
    account = sync_account(world.database, world.gateway, seller, now=now())
    assert account is not None
    api = world.sandbox.client().v1.accounts.external_accounts
    for each in ("btok_us_noAccount", "tok_visa_debit"):
        api.create(str(account.stripe_id), {"external_account": each})
        sync_account(world.database, world.gateway, seller, now=now())
    with world.database.reading() as session:
        banks = banks_of(session, seller)
    chosen = check_payout(Money(60_000, "usd"), "instant", banks)
    assert chosen is not None
    assert not chosen.is_default

    with pytest.raises(PayoutDelayed, match="wait until"):
        ask_payout(world.database, world.gateway, seller, Money(60_000, "usd"), method="instant", key="k", now=now())


def interval(world: World, seller) -> str:
    account = sync_account(world.database, world.gateway, seller, now=now())
    assert account is not None
    return account.schedule["interval"]


def test_after_a_change_stripe_pays_out_by_hand_only_until_the_time_is_over(world: World, operator, seller):
    change(world, operator, "F13", mode="active")
    account = sync_account(world.database, world.gateway, seller, now=now())
    assert account is not None
    world.gateway.set_schedule(str(account.stripe_id), "weekly", ["friday"])
    for each in ("btok_us_noAccount", "tok_visa_debit"):  # the first bank is no change
        world.sandbox.client().v1.accounts.external_accounts.create(str(account.stripe_id), {"external_account": each})
        assert interval(world, seller) == "weekly"
    (job,) = [each for each in world.queue.deferred if each[0] == KEEP_SCHEDULE]
    world.queue.deferred.append(job)  # it may run twice
    world.work()
    assert interval(world, seller) == "manual"

    for hours in (71, 73):
        with world.database.unit_of_work() as session:
            end_payout_waits(session, now=now() + timedelta(hours=hours))
        world.work()
        assert interval(world, seller) == ("manual" if hours == 71 else "weekly")
    assert world.gateway.payout_setup(str(account.stripe_id)).schedule["days"] == ["friday"]
    assert world.rows("select schedule_before from seller_account") == [(None,)]
    causes = world.rows("select before, after from audit_entry where action = 'payout_pause' order by id")
    assert [("cause" in before, bool(after["cause"])) for before, after in causes] == [(False, True), (True, False)]


def test_a_pause_leaves_a_seller_who_pays_out_by_hand_as_it_was(world: World, operator, seller):
    account = sync_account(world.database, world.gateway, seller, now=now())
    assert account is not None
    world.gateway.set_schedule(str(account.stripe_id), "manual", ())
    with world.database.unit_of_work() as session:
        pause_payouts(session, seller.id, cause="fraud:1", now=now())
    world.work()
    with world.database.unit_of_work() as session:
        assert resume_payouts(session, "fraud:1") == 1
    world.work()
    assert interval(world, seller) == "manual"


def test_a_change_that_was_looked_at_delays_nothing_and_one_that_was_fraud_for_good(world: World, operator, seller):
    change(world, operator, "F13", mode="active")
    bank_changed(world, seller, ago=timedelta(hours=2))
    delayed(world, seller, 50_000, "wait until")
    decide(world, operator, fraud=False)
    paid_out(world, seller, 60_000)

    bank_changed(world, seller, ago=timedelta(hours=1))
    delayed(world, seller, 50_000, "wait until")
    decide(world, operator, fraud=True)
    change(world, operator, "F13", window_s=60)
    delayed(world, seller, 1_000, "spoken with the operator")

    bank_changed(world, seller, ago=timedelta(minutes=5))  # whoever has the account may change it again
    change(world, operator, "F13", mode="off")
    delayed(world, seller, 1_000, "spoken with the operator")
    for _ in range(2):
        world.work()
    assert interval(world, seller) == "manual"
    with pytest.raises(NotAllowed), world.database.unit_of_work() as session:
        standing_findings(session, seller)
    with world.database.unit_of_work() as session:
        (standing,) = standing_findings(session, operator)
        lift_finding(session, operator, standing.id, now=now())
        with pytest.raises(Conflict, match="No payout waits"):
            lift_finding(session, operator, standing.id, now=now())
        assert list(standing_findings(session, operator)) == []
        (decided,) = audit_entries(session, of=f"finding:{standing.id}", action="decide", limit=1)
        assert (decided.actor_id, decided.before["state"], decided.after["state"]) == (
            operator.id, "confirmed", "released",
        )  # fmt: skip
    world.work()
    assert interval(world, seller) == "daily"
    paid_out(world, seller, 60_002)


def test_in_shadow_a_payout_to_a_new_bank_is_only_noted(world: World, operator, seller):
    bank_changed(world, seller, ago=timedelta(hours=2))
    paid_out(world, seller, 60_000)
    assert [each[:2] for each in waiting(world, operator)] == [("F13", "shadow")]
    with world.database.unit_of_work() as session:
        set_rule_mode(session, operator, "F13", RuleMode.OFF)
    bank_changed(world, seller, ago=timedelta(hours=1))
    paid_out(world, seller, 60_001)
    assert len(waiting(world, operator)) == 1
