"""Figures over everything: what was sold, kept, given back and sent, for operators and for each seller."""

from polidat.insights.errors import NoSuchCustomer, NoSuchPayout, OperatorsOnly
from polidat.insights.events import RevenueUnusual
from polidat.insights.figures import Buyers, Figures, Group, Recurring, Revenue
from polidat.insights.models import RevenueAlert
from polidat.insights.revenue import earning_currencies, revenue_report
from polidat.insights.rules import (
    HISTORY_DAYS,
    PAYMENTS_MIN,
    SCORE_MAX,
    Grain,
    Period,
    bps_of_whole,
    change_bps,
    grain_for,
    is_unusual,
    month_of,
    robust_score,
)
from polidat.insights.watch import revenue_alerts, watch_revenue

__all__ = [
    "HISTORY_DAYS",
    "PAYMENTS_MIN",
    "SCORE_MAX",
    "Buyers",
    "Figures",
    "Grain",
    "Group",
    "NoSuchCustomer",
    "NoSuchPayout",
    "OperatorsOnly",
    "Period",
    "Recurring",
    "Revenue",
    "RevenueAlert",
    "RevenueUnusual",
    "bps_of_whole",
    "change_bps",
    "earning_currencies",
    "grain_for",
    "is_unusual",
    "month_of",
    "revenue_alerts",
    "revenue_report",
    "robust_score",
    "watch_revenue",
]
