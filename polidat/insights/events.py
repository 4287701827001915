"""Facts of insights."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class RevenueUnusual:
    """A day sold far more or less than the four weeks before it. Told once a day and currency.

    `usual_minor` is the median of those days; `score` counts robust standard deviations, negative for too little.
    """

    day: date
    currency: str
    gross_minor: int
    usual_minor: int
    score: float
    at: datetime


@dataclass(frozen=True)
class AlertRaised:
    """Something is not as it should be, and operators are told. `kind` is its code."""

    kind: str
    says: str
    at: datetime


@dataclass(frozen=True)
class AlertCleared:
    """What an alert was about is over."""

    kind: str
    at: datetime
