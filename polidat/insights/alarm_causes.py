"""What there is to call operators for, right now: each cause is looked for by itself and said in one sentence."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from polidat.db import sql_text
from polidat.insights.alarm_rules import (
    CLEARING_OPEN,
    EVENT_STUCK,
    JOB_LATE,
    JOBS_FAILED_OVER,
    MAIL_TRIES,
    MAILS_OVER,
    PAYOUT_LATE,
    PAYOUT_SELLERS_MIN,
    PAYOUTS_FAILED_MIN,
    PURCHASES_MIN,
    SWEEP_LATE,
    TRANSFER_LOST,
    TRANSFER_TRIES,
    USUAL_OVER,
    AlarmKind,
    Purchases,
    fails_unusually,
    lasted,
    usual_share,
)
from polidat.jobs import job_backlog
from polidat.ledger import drifted_balances, open_clearings
from polidat.payments import open_discrepancies

Causes = Mapping[AlarmKind, str]
QUICK: Sequence[AlarmKind] = (
    AlarmKind.FAILED_HOUR,
    AlarmKind.FAILED_DAY,
    AlarmKind.PAYOUTS_FAILED,
    AlarmKind.PAYOUTS_LATE,
    AlarmKind.TRANSFERS,
    AlarmKind.EVENTS,
    AlarmKind.SWEEPER,
    AlarmKind.JOBS_LATE,
    AlarmKind.JOBS_FAILED,
    AlarmKind.MAIL,
    AlarmKind.ORDERS,
)
SLOW: Sequence[AlarmKind] = (AlarmKind.CLEARING, AlarmKind.DRIFT, AlarmKind.STRIPE)
_SHOWN = 5


def quick_causes(session: Session, *, now: datetime) -> Causes:
    """Return what is wrong with purchases, payouts, events and jobs."""
    return {
        **_failing_purchases(session, now=now),
        **_payouts(session, now=now),
        **_events(session, now=now),
        **_jobs(session, now=now),
    }


def slow_causes(session: Session, *, now: datetime) -> Causes:
    """Return what is wrong with the books: it reads many entries."""
    found: dict[AlarmKind, str] = {}
    clearings = open_clearings(session, before=now - CLEARING_OPEN)
    if clearings:
        codes = [each.code for each in clearings]
        found[AlarmKind.CLEARING] = f"Not at zero for a day: {_some(codes)}. See “Reconciliation”."
    drifted = drifted_balances(session)
    if drifted:
        codes = [f"{each.code} ({each.currency})" for each in drifted]
        found[AlarmKind.DRIFT] = f"Kept balances are not the sum of their entries: {_some(codes)}. Stop paying out."
    open_ones = open_discrepancies(session)
    if open_ones:
        count = f"{len(open_ones)} differences" if len(open_ones) > 1 else "One difference"
        found[AlarmKind.STRIPE] = f"{count} between the books and Stripe nobody has settled. See “Reconciliation”."
    return found


def _failing_purchases(session: Session, *, now: datetime) -> Causes:
    windows = {
        AlarmKind.FAILED_HOUR: ("hour", timedelta(hours=1)),
        AlarmKind.FAILED_DAY: ("day", timedelta(days=1)),
    }
    found: dict[AlarmKind, str] = {}
    for kind, (name, window) in windows.items():
        lately = _purchases(session, now - window, now)
        if lately.tried < PURCHASES_MIN:
            continue
        before = _purchases(session, now - window - USUAL_OVER, now - window)
        if fails_unusually(lately, before):
            found[kind] = (
                f"{lately.failed} of {lately.tried} purchases of the last {name} failed; "
                f"{usual_share(before):.0%} is usual."
            )
    return found


def _purchases(session: Session, since: datetime, until: datetime) -> Purchases:
    row = session.execute(sql_text("polidat.insights", "purchases"), {"since": since, "until": until}).one()
    return Purchases(row.tried, row.failed)


def _payouts(session: Session, *, now: datetime) -> Causes:
    asked = {
        "since": now - timedelta(days=1),
        "late": now - PAYOUT_LATE,
        "lost": now - TRANSFER_LOST,
        "tries": TRANSFER_TRIES,
    }
    row = session.execute(sql_text("polidat.insights", "payout_troubles"), asked).one()
    found: dict[AlarmKind, str] = {}
    if row.failed >= PAYOUTS_FAILED_MIN and row.sellers >= PAYOUT_SELLERS_MIN:
        found[AlarmKind.PAYOUTS_FAILED] = f"{row.failed} payouts of {row.sellers} sellers came back within a day."
    if row.late:
        found[AlarmKind.PAYOUTS_LATE] = f"{row.late} payouts have not arrived {lasted(PAYOUT_LATE)} after they should."
    if row.unsent:
        found[AlarmKind.TRANSFERS] = (
            f"{row.unsent} parts of sales do not reach their sellers: refused, unsent for a day, or without a job."
        )
    return found


def _events(session: Session, *, now: datetime) -> Causes:
    asked = {"stuck": now - EVENT_STUCK, "tries": MAIL_TRIES, "since": now - MAILS_OVER}
    row = session.execute(sql_text("polidat.insights", "backlog"), asked).one()
    found: dict[AlarmKind, str] = {}
    if row.waiting:
        found[AlarmKind.EVENTS] = (
            f"{row.waiting} events of Stripe's wait to be worked on, the oldest for {lasted(now - row.oldest)}."
        )
    if row.swept_at is not None and row.swept_at < now - SWEEP_LATE:
        found[AlarmKind.SWEEPER] = (
            f"Nobody has looked for events that were not delivered for {lasted(now - row.swept_at)}."
        )
    if row.unmailed:
        found[AlarmKind.MAIL] = f"{row.unmailed} mails of the last day were not taken by the mail server."
    if row.flagged:
        orders = f"{row.flagged} orders wait" if row.flagged > 1 else "One order waits"
        found[AlarmKind.ORDERS] = f"{orders} for somebody to look: the money does not fit, or a refund did not arrive."
    return found


def _jobs(session: Session, *, now: datetime) -> Causes:
    backlog = job_backlog(session, due=now - JOB_LATE, since=now - JOBS_FAILED_OVER)
    found: dict[AlarmKind, str] = {}
    if backlog.late and backlog.oldest is not None:
        found[AlarmKind.JOBS_LATE] = (
            f"{backlog.late} jobs have not begun, the oldest due {lasted(now - backlog.oldest)} ago."
        )
    if backlog.failed:
        names = [f"{name} ({many})" for name, many in sorted(backlog.failed.items())]
        found[AlarmKind.JOBS_FAILED] = f"Jobs that gave up within a day: {_some(names)}."
    return found


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
