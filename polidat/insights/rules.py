"""What a report is about and what its figures say, as pure decisions: no session, no clock."""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from statistics import median

from polidat.core import Invalid, half_away

HISTORY_DAYS = 28  # what a day is compared with
PAYMENTS_MIN = 10  # in that history: with fewer, everything would look unusual
SCORE_MAX = 3.5  # beyond it a day is unusual: Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993
_DAYS_MAX = 3 * 366
_NORMAL_MAD, _NORMAL_MEAN = 0.6745, 1.253314  # make either spread comparable with a standard deviation


class Grain(enum.StrEnum):
    """How a period is cut for its chart."""

    DAY = "day"
    WEEK = "week"  # from Monday
    MONTH = "month"


@dataclass(frozen=True)
class Period:
    """Whole days in UTC, from `first` to `last`, both included. Raises Invalid for none, or more than three years."""

    first: date
    last: date
    grain: Grain = Grain.DAY

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise Invalid("The period ends before it begins. Choose an end on or after its start.")
        if self.days > _DAYS_MAX:
            raise Invalid("A report is over three years at most. Choose a shorter period.")

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def since(self) -> datetime:
        """The first moment of it."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def until(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last, time(), UTC) + timedelta(days=1)

    @property
    def before(self) -> "Period":
        """As many days right before it."""
        last = self.first - timedelta(days=1)
        return Period(last - timedelta(days=self.days - 1), last, self.grain)

    def stamps(self) -> Iterator[date]:
        """Yield the first day of every day, week or month it touches, whether anything happened or not."""
        at = stamp_of(self.first, self.grain)
        while at <= self.last:
            yield at
            at = stamp_of(at + timedelta(days={Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 31}[self.grain]), self.grain)


def stamp_of(day: date, grain: Grain) -> date:
    """Return the first day of the day, week or month that a day is in."""
    match grain:
        case Grain.DAY:
            return day
        case Grain.WEEK:
            return day - timedelta(days=day.weekday())
        case Grain.MONTH:
            return day.replace(day=1)


def month_of(day: date) -> Period:
    """Return the calendar month that a day is in."""
    first = day.replace(day=1)
    return Period(first, stamp_of(first + timedelta(days=31), Grain.MONTH) - timedelta(days=1))


def grain_for(first: date, last: date) -> Grain:
    """Return how so many days are drawn without a forest of bars."""
    days = (last - first).days + 1
    return Grain.DAY if days <= 45 else Grain.WEEK if days <= 200 else Grain.MONTH


def bps_of_whole(part_minor: int, whole_minor: int) -> int | None:
    """Return a part of a whole in basis points; None of nothing."""
    return half_away(Fraction(part_minor * 10_000, whole_minor)) if whole_minor > 0 else None


def change_bps(now_minor: int, before_minor: int) -> int | None:
    """Return by how much a figure has changed, in basis points of what it was; None when it was nothing or less."""
    return half_away(Fraction((now_minor - before_minor) * 10_000, before_minor)) if before_minor > 0 else None


def robust_score(value: int, history: Sequence[int]) -> float:
    """Return by how many robust standard deviations a value differs from the median of its history.

    Spread is the median of the distances from the median; where more than half of the days are equal it is their
    mean. Where all are equal, a value that differs is infinitely far.
    """
    middle = median(history)
    distances = [abs(each - middle) for each in history]
    spread = median(distances) / _NORMAL_MAD or sum(distances) / len(distances) * _NORMAL_MEAN
    if not spread:
        return 0.0 if value == middle else float("inf") if value > middle else float("-inf")
    return (value - middle) / spread


def is_unusual(value: int, history: Sequence[int], *, payments: int) -> bool:
    """Return whether a day is to be told, given the days before it and how many payments they had together."""
    known = len(history) >= HISTORY_DAYS and payments >= PAYMENTS_MIN
    return known and abs(robust_score(value, history)) > SCORE_MAX
