"""Figures over all of the marketplace, for its operator. Reads the rooms below, owns no table of theirs."""

from polidat.insights.alerts import RevenueUnusual, watch_revenue
from polidat.insights.revenue import (
    Day,
    Group,
    Totals,
    currencies_of,
    monthly_recurring,
    revenue_by,
    revenue_by_day,
    revenue_csv,
    totals,
)

__all__ = [
    "Day",
    "Group",
    "RevenueUnusual",
    "Totals",
    "currencies_of",
    "monthly_recurring",
    "revenue_by",
    "revenue_by_day",
    "revenue_csv",
    "totals",
    "watch_revenue",
]
