"""Tell when a day's revenue is far from what the weeks before let expect."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy.orm import Session

from polidat.db import sql_text
from polidat.events import emit
from polidat.ledger import booked_currencies

_WEEKS = timedelta(days=28)
_DAYS_MIN = 14  # of the weeks before that had sales
_FAR = 3.5  # robust deviations: Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993
_TO_SIGMA = 1.4826  # a median deviation of normal data times this is its standard deviation


@dataclass(frozen=True)
class RevenueUnusual:
    """A day's gross volume, in minor units, is far from the median of the four weeks before."""

    day: str
    currency: str
    gross_minor: int
    usual_minor: int


def watch_revenue(session: Session, *, now: datetime) -> int:
    """Tell of every currency whose yesterday was unusual, and return how many. Run it once a day."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday, told = today - timedelta(days=1), 0
    for code in booked_currencies(session):
        window = {"currency": code, "since": yesterday - _WEEKS, "until": today}
        rows = session.execute(sql_text("polidat.insights", "revenue"), window).all()
        gross = {row.day: int(row.gross) for row in rows}
        latest = gross.pop(yesterday.date(), 0)
        usual = [minor for minor in gross.values() if minor]
        if is_unusual(latest, usual):
            emit(session, RevenueUnusual(yesterday.date().isoformat(), code, latest, round(median(usual))))
            told += 1
    return told


def is_unusual(latest: int, usual: Sequence[int]) -> bool:
    """Return whether a day is further from the median of others than chance explains; never with too few of them."""
    if len(usual) < _DAYS_MIN:
        return False
    middle = median(usual)
    spread = _TO_SIGMA * median(abs(each - middle) for each in usual)
    return abs(latest - middle) > _FAR * max(spread, middle / 20)
