"""Look each night whether a day sold far more or less than the weeks before it, and tell the operator."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median_low

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.db import sql_text
from polidat.events import emit
from polidat.insights.events import RevenueUnusual
from polidat.insights.models import RevenueAlert
from polidat.insights.revenue import check_operator
from polidat.insights.rules import HISTORY_DAYS, Period, is_unusual, robust_score
from polidat.people import Person

_LOOK_BACK_DAYS = 3  # nights that may have been missed
_SCORE_MOST = 1_000.0
_Sold = Mapping[date, tuple[int, int]]  # amount and payments


def watch_revenue(session: Session, *, now: datetime) -> Sequence[RevenueAlert]:
    """Judge the last days that are over, and tell each unusual one once. Run it every night."""
    today = now.date()
    first = today - timedelta(days=_LOOK_BACK_DAYS + HISTORY_DAYS)
    window = Period(first, today - timedelta(days=1))
    told: list[RevenueAlert] = []
    for code, sold in _sold_by_currency(session, window).items():
        for back in range(_LOOK_BACK_DAYS, 0, -1):
            alert = _judged(code, sold, today - timedelta(days=back), now=now)
            if alert is not None and _note(session, alert):
                told.append(alert)
    return told


def revenue_alerts(session: Session, operator: Person, period: Period, code: str) -> Sequence[RevenueAlert]:
    """Return the unusual days of a period in one currency, the latest first. Raises OperatorsOnly."""
    check_operator(operator)
    found = (RevenueAlert.currency == code) & RevenueAlert.day.between(period.first, period.last)
    return session.scalars(select(RevenueAlert).where(found).order_by(RevenueAlert.day.desc())).all()


def _sold_by_currency(session: Session, window: Period) -> Mapping[str, _Sold]:
    sold: dict[str, dict[date, tuple[int, int]]] = {}
    bounds = {"since": window.since, "until": window.until}
    for row in session.execute(sql_text("polidat.insights", "daily"), bounds):
        sold.setdefault(row.currency, {})[row.day] = (int(row.gross_minor), int(row.payments))
    return sold


def _judged(code: str, sold: _Sold, day: date, *, now: datetime) -> RevenueAlert | None:
    """A day without any sale is a day that sold nothing."""
    past = [sold.get(each, (0, 0)) for each in _days_before(day)]
    history, (gross_minor, _) = [minor for minor, _ in past], sold.get(day, (0, 0))
    if not is_unusual(gross_minor, history, payments=sum(count for _, count in past)):
        return None
    score = max(-_SCORE_MOST, min(_SCORE_MOST, robust_score(gross_minor, history)))
    return RevenueAlert(
        day=day,
        currency=code,
        gross_minor=gross_minor,
        usual_minor=median_low(history),
        score_milli=round(score * 1000),
        found_at=now,
    )


def _days_before(day: date) -> Iterator[date]:
    return (day - timedelta(days=back) for back in range(HISTORY_DAYS, 0, -1))


def _note(session: Session, alert: RevenueAlert) -> bool:
    """Write it down and tell it, unless that was done."""
    values = {each.name: getattr(alert, each.name) for each in RevenueAlert.__table__.columns}
    added = insert(RevenueAlert).values(values).on_conflict_do_nothing().returning(RevenueAlert.day)
    if session.scalar(added) is None:
        return False
    score = alert.score_milli / 1000
    told = (alert.day, alert.currency, alert.gross_minor, alert.usual_minor, score, alert.found_at)
    emit(session, RevenueUnusual(*told))
    return True
