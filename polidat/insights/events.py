"""Facts of insights."""

from dataclasses import dataclass
from datetime import date


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
