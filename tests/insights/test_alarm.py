"""Operators are called once for what is wrong, for as long as it is, and not for chance."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from polidat.core import Unavailable
from polidat.insights import (
    AlarmKind,
    OperatorsOnly,
    Purchases,
    fails_unusually,
    operator_alerts,
    tell_unbooked,
    title_of,
    watch_books,
    watch_money,
)
from polidat.insights.alarm_rules import chance_of, lasted
from polidat.ledger import Leg
from polidat.payments import Charge, ChargeState, InboxEvent, MoneyUnbooked, Payout, Transfer
from polidat.people import mails, queue_mail, send_waiting_mail
from tests.conftest import NOON
from tests.insights.books import Books

QUIET_PAST = Purchases(1_000, 30)


@pytest.mark.parametrize(
    ("tried", "failed", "before", "is_told"),
    [
        (3, 3, Purchases(0, 0), False),  # three orders say nothing
        (9, 9, QUIET_PAST, False),
        (10, 6, Purchases(0, 0), False),  # chance: 1.5e-4 with one in ten
        (10, 7, Purchases(0, 0), True),
        (200, 30, QUIET_PAST, False),
        (200, 45, QUIET_PAST, True),
        (200, 45, Purchases(1_000, 200), False),  # as always
        (5_000, 5_000, Purchases(10, 10), True),
    ],
)
def test_failures_are_told_when_they_cannot_be_chance(tried, failed, before, is_told):
    assert fails_unusually(Purchases(tried, failed), before) is is_told


def test_the_chance_is_that_of_the_binomial_tail():
    assert chance_of(Purchases(10, 6), 0.1) == pytest.approx(1.469e-4, rel=1e-3)
    assert chance_of(Purchases(10, 0), 0.1) == pytest.approx(1.0)
    assert [lasted(timedelta(minutes=each)) for each in (119, 121, 2_880)] == ["119 minutes", "2 hours", "2 days"]


@pytest.fixture
def operator(books: Books):
    return books.operator()


def attempts(session, count: int, state: str) -> None:
    session.add_all(
        Charge(
            id=f"ch_{state}{number}", intent_id=f"pi_{number}", subject=f"ord_{state}{number}", amount_minor=100,
            currency="usd", fee_minor=0, state=state, charged_at=NOON - timedelta(minutes=number),
        )
        for number in range(count)
    )  # fmt: skip
    session.flush()


def look(session, *, at=NOON) -> list[str]:
    return [each.kind for each in watch_money(session, now=at)]


def subjects(session) -> list[str]:
    return [each.subject for each in reversed(mails(session)) if each.to == "operator@example.org"]


def test_an_alert_is_raised_once_mailed_once_and_cleared_with_its_cause(session, operator):
    attempts(session, 12, ChargeState.FAILED)
    attempts(session, 3, ChargeState.WAITING)  # nobody knows yet

    assert look(session) == [AlarmKind.FAILED_HOUR, AlarmKind.FAILED_DAY]
    assert look(session, at=NOON + timedelta(minutes=5)) == [AlarmKind.FAILED_HOUR, AlarmKind.FAILED_DAY]
    assert subjects(session) == ["PoliDat: Purchases fail (A1)", "PoliDat: Purchases fail (A2)"]
    (first, _) = sorted(operator_alerts(session, operator, now=NOON), key=lambda each: each.kind)
    assert (title_of(first), first.says) == (
        "Purchases fail",
        "12 of 12 purchases of the last hour failed; 10% is usual.",
    )

    later = NOON + timedelta(hours=2)
    assert look(session, at=later) == [AlarmKind.FAILED_DAY]
    gone = operator_alerts(session, operator, now=later)[-1]
    assert (gone.kind, gone.cleared_at) == (AlarmKind.FAILED_HOUR, later)
    facts = session.execute(text("select kind from event_staging where kind like 'insights.Alert%' order by id"))
    assert [row.kind for row in facts] == ["insights.AlertRaised", "insights.AlertRaised", "insights.AlertCleared"]


def test_what_comes_back_within_an_hour_is_the_same_alert(session, operator):
    event = InboxEvent(
        id="evt_1", endpoint="platform", type="charge.succeeded", object_type="charge", object_id="ch_1",
        created_at=NOON, payload={}, received_at=NOON - timedelta(minutes=31), state="received",
    )  # fmt: skip
    session.add(event)
    session.flush()
    assert look(session) == [AlarmKind.EVENTS]
    for state, minutes, found in (("done", 5, []), ("failed", 10, [AlarmKind.EVENTS]), ("done", 15, [])):
        event.state = state
        session.flush()
        assert look(session, at=NOON + timedelta(minutes=minutes)) == found
    assert subjects(session) == ["PoliDat: Events of Stripe's wait (A6)"]
    event.state = "failed"
    session.flush()
    look(session, at=NOON + timedelta(hours=2))
    assert len(subjects(session)) == 2


def test_payouts_that_come_back_or_do_not_arrive_and_parts_that_are_not_sent_are_told(session, books: Books, operator):
    sellers = [books.person(name) for name in ("ann", "ben")]
    day = timedelta(days=1)

    def payout(number: int, state: str, arrives_at) -> None:
        session.add(
            Payout(
                id=f"po_{number}", seller_id=sellers[number % 2].id, amount_minor=100, fee_minor=0, currency="usd",
                method="standard", state=state, created_at=NOON - 3 * day, arrives_at=arrives_at,
            )
        )  # fmt: skip
        session.flush()

    for number in range(2):
        payout(number, "failed", NOON)
    payout(8, "in_transit", NOON - day)
    assert look(session) == []
    payout(2, "failed", NOON)
    payout(9, "in_transit", NOON - 2 * day)
    for state, tries in (("short", 23), ("short", 24), ("failed", 0), ("blocked", 0)):
        session.add(
            Transfer(
                public_id=f"tra_{state}{tries}", subject="ord_1", seller_id=sellers[0].id, amount_minor=100,
                currency="usd", state=state, tries=tries, planned_at=NOON,
            )
        )  # fmt: skip
    session.flush()

    assert look(session) == [AlarmKind.PAYOUTS_FAILED, AlarmKind.PAYOUTS_LATE, AlarmKind.TRANSFERS]
    (unsent,) = [each for each in operator_alerts(session, operator, now=NOON) if each.kind == AlarmKind.TRANSFERS]
    assert unsent.says.startswith("2 parts of sales")


def test_a_sweep_that_stopped_and_jobs_that_are_late_or_gave_up_are_told(session, operator):
    session.execute(text("insert into stripe_sweep values (true, :at)"), {"at": NOON - timedelta(minutes=41)})
    job = (
        "insert into procrastinate_jobs (queue_name, task_name, status, scheduled_at) "
        "values ('q', :name, :how, :at) returning id"
    )
    late = {"name": "ledger.seal", "how": "todo", "at": NOON - timedelta(minutes=16)}
    session.execute(text(job), late)
    failed = session.scalar(text(job), {"name": "payments.sweep", "how": "failed", "at": None})
    session.execute(
        text("insert into procrastinate_events (job_id, type, at) values (:job, 'failed', :at)"),
        {"job": failed, "at": NOON - timedelta(hours=1)},
    )

    assert look(session) == [AlarmKind.SWEEPER, AlarmKind.JOBS_LATE, AlarmKind.JOBS_FAILED]
    assert [
        each.says for each in operator_alerts(session, operator, now=NOON) if each.kind == AlarmKind.JOBS_FAILED
    ] == ["Jobs that gave up within a day: payments.sweep (1)."]


def test_money_that_rests_on_a_clearing_account_for_a_day_is_told(session, books: Books, operator):
    books.post("k", "charge", NOON, "ord_1", Leg("A:stripe", 100, "usd", "txn_1"), Leg("C:order:ord_1", -100, "usd"))
    posted = session.scalar(text("select posted_at from ledger_txn where idem_key = 'k'"))

    assert watch_books(session, now=posted + timedelta(hours=23)) == []
    assert [each.kind for each in watch_books(session, now=posted + timedelta(hours=25))] == [AlarmKind.CLEARING]
    assert watch_money(session, now=NOON) == []  # says nothing about the books, and clears nothing of theirs
    assert len(operator_alerts(session, operator, now=NOON)) == 1
    with pytest.raises(OperatorsOnly):
        operator_alerts(session, books.person("ann"), now=NOON)


def test_an_order_nobody_has_looked_at_is_told(session, books: Books, operator):
    order = books.sale("ord_1", books.person("bea"), NOON, (books.listing(books.person("ann"), "Polls"), 0, 0, 0))
    assert look(session) == []
    order.alert = "2.00 USD came in, but the order is over 3.00 USD."
    session.flush()

    assert look(session) == [AlarmKind.ORDERS]
    assert operator_alerts(session, operator, now=NOON)[0].says.startswith("One order waits")


def test_money_at_stripe_that_is_not_in_the_books_is_mailed_once_a_day(session, operator):
    for at in (NOON, NOON + timedelta(minutes=10), NOON + timedelta(days=1)):
        tell_unbooked(session, MoneyUnbooked(2, at))

    assert subjects(session) == ["PoliDat: Money is not in the books"] * 2


def test_mails_the_server_does_not_take_are_on_the_page(session, operator):
    mail = queue_mail(session, "ada@example.org", "Two\nlines", "Text", now=NOON)
    assert mail.subject == "Two lines"

    def refuse(_):
        raise Unavailable("The mail server does not take the mail.")

    for attempt in range(1, 6):
        assert send_waiting_mail(session, refuse, now=NOON) == 0
        assert look(session) == ([AlarmKind.MAIL] if attempt == 5 else [])
