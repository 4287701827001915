"""Call operators once for what is wrong, keep saying how it stands, and take it back when it is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.core import Money
from polidat.events import emit
from polidat.insights.alarm_causes import QUICK, SLOW, Causes, quick_causes, slow_causes
from polidat.insights.alarm_rules import QUIET, AlarmKind
from polidat.insights.events import AlertCleared, AlertRaised, RevenueUnusual
from polidat.insights.models import OperatorAlert
from polidat.insights.revenue import check_operator
from polidat.payments import MoneyUnbooked
from polidat.people import Person, house_link, operators, queue_mail_once

_TITLES = {
    AlarmKind.FAILED_HOUR: "Purchases fail",
    AlarmKind.FAILED_DAY: "Purchases fail",
    AlarmKind.PAYOUTS_FAILED: "Payouts come back",
    AlarmKind.PAYOUTS_LATE: "Payouts do not arrive",
    AlarmKind.TRANSFERS: "Sellers do not get their parts",
    AlarmKind.EVENTS: "Events of Stripe's wait",
    AlarmKind.SWEEPER: "The sweep does not run",
    AlarmKind.JOBS_LATE: "Jobs begin late",
    AlarmKind.JOBS_FAILED: "Jobs give up",
    AlarmKind.MAIL: "Mails do not go out",
    AlarmKind.ORDERS: "Orders to look at",
    AlarmKind.CLEARING: "Money rests on clearing accounts",
    AlarmKind.DRIFT: "A balance is wrong",
    AlarmKind.STRIPE: "The books and Stripe differ",
}
_SHOWN_AFTER = timedelta(days=7)


def watch_money(session: Session, *, now: datetime) -> Sequence[OperatorAlert]:
    """Look at purchases, payouts, events and jobs, and return the alerts that are open. Run it every five minutes."""
    return _note(session, QUICK, quick_causes(session, now=now), now=now)


def watch_books(session: Session, *, now: datetime) -> Sequence[OperatorAlert]:
    """Look at the books, and return the alerts about them that are open. Run it every hour."""
    return _note(session, SLOW, slow_causes(session, now=now), now=now)


def operator_alerts(session: Session, operator: Person, *, now: datetime) -> Sequence[OperatorAlert]:
    """Return what is wrong now, and what was within a week; what is open first. Raises OperatorsOnly."""
    check_operator(operator)
    lately = OperatorAlert.cleared_at.is_(None) | (OperatorAlert.cleared_at > now - _SHOWN_AFTER)
    order = (OperatorAlert.cleared_at.is_not(None), OperatorAlert.raised_at.desc())
    return session.scalars(select(OperatorAlert).where(lately).order_by(*order)).all()


def title_of(alert: OperatorAlert) -> str:
    """Return what an alert is about, in a few words."""
    return _TITLES[AlarmKind(alert.kind)]


def tell_unusual(session: Session, fact: RevenueUnusual) -> None:
    """Mail operators about a day that sold far more or less than usual. The reaction to RevenueUnusual."""
    many = "much more" if fact.score > 0 else "much less"
    gross, usual = Money(fact.gross_minor, fact.currency), Money(fact.usual_minor, fact.currency)
    body = f"{fact.day:%A, %d %B %Y} sold {many} than usual: {gross}, where {usual} is usual.\n\n"
    once = f"revenue:{fact.day}:{fact.currency}"
    _mail(session, f"{fact.day:%d %B} sold {many} than usual", body, "/revenue", once=once, now=fact.at)


def tell_unbooked(session: Session, fact: MoneyUnbooked) -> None:
    """Mail operators, once a day, that money at Stripe is not in the books. The reaction to MoneyUnbooked."""
    body = f"{fact.movements} movements of sales at Stripe are hours old and not in the books.\n\n"
    once = f"unbooked:{fact.at:%Y-%m-%d}"
    _mail(session, "Money is not in the books", body, "/reconciliation", once=once, now=fact.at)


def _note(session: Session, kinds: Sequence[AlarmKind], causes: Causes, *, now: datetime) -> Sequence[OperatorAlert]:
    of_kinds = OperatorAlert.kind.in_(kinds) & OperatorAlert.cleared_at.is_(None)
    for alert in session.scalars(select(OperatorAlert).where(of_kinds).with_for_update()).all():
        if AlarmKind(alert.kind) not in causes:
            alert.cleared_at = now
            session.flush()
            emit(session, AlertCleared(alert.kind, now))
    for kind, says in causes.items():
        if not _goes_on(session, kind, says, now=now):
            _raise(session, kind, says, now=now)
    found = select(OperatorAlert).where(of_kinds).order_by(OperatorAlert.id)
    return session.scalars(found.execution_options(populate_existing=True)).all()


def _goes_on(session: Session, kind: AlarmKind, says: str, *, now: datetime) -> bool:
    """Say how an alert stands now; one that was over for a short while goes on."""
    lately = OperatorAlert.cleared_at.is_(None) | (OperatorAlert.cleared_at > now - QUIET)
    newest = select(OperatorAlert.id).where((OperatorAlert.kind == kind) & lately).order_by(OperatorAlert.id.desc())
    known = session.scalar(newest.limit(1))
    if known is None:
        return False
    values = {"says": says, "seen_at": now, "cleared_at": None}
    session.execute(update(OperatorAlert).where(OperatorAlert.id == known).values(values))
    return True


def _raise(session: Session, kind: AlarmKind, says: str, *, now: datetime) -> None:
    row = insert(OperatorAlert).values(kind=kind, says=says, raised_at=now, seen_at=now)
    is_open = OperatorAlert.cleared_at.is_(None)
    once = row.on_conflict_do_nothing(index_elements=["kind"], index_where=is_open).returning(OperatorAlert.id)
    added = session.scalar(once)
    if added is None:
        return  # another worker was faster
    emit(session, AlertRaised(kind, says, now))
    _mail(session, f"{_TITLES[kind]} ({kind})", f"{says}\n\n", "/operator", once=f"alert:{added}", now=now)


def _mail(session: Session, subject: str, body: str, page: str, *, once: str, now: datetime) -> None:
    told = f"{body}{house_link(session, page)}\n"
    for each in operators(session):
        queue_mail_once(session, each.email, f"PoliDat: {subject}", told, once=f"{once}:{each.id}", now=now)
