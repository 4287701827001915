"""Figures over everything: what was sold, kept, given back and sent, for operators and for each seller."""

from polidat.insights.alarm import operator_alerts, tell_unbooked, tell_unusual, title_of, watch_books, watch_money
from polidat.insights.alarm_rules import AlarmKind, Purchases, fails_unusually
from polidat.insights.customers import Customer, CustomerLine, Spent, customer_of, customers_of
from polidat.insights.errors import NoSuchCustomer, NoSuchPayout, OperatorsOnly
from polidat.insights.events import AlertCleared, AlertRaised, RevenueUnusual
from polidat.insights.figures import Buyers, Figures, Group, Recurring, Revenue
from polidat.insights.models import OperatorAlert, RevenueAlert
from polidat.insights.payouts import PayoutLine, PayoutStatement, attributed, not_paid_out, payout_statement
from polidat.insights.revenue import earning_currencies, recurring_revenue, revenue_report
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
from polidat.insights.statement import MOVED, SellerStatement, StatementLine, seller_statement, statement_currencies
from polidat.insights.statement_pdf import SAYS, statement_pdf
from polidat.insights.tables import course_csv, customers_csv, groups_csv, payout_csv, statement_csv
from polidat.insights.watch import revenue_alerts, watch_revenue

__all__ = [
    "HISTORY_DAYS",
    "MOVED",
    "PAYMENTS_MIN",
    "SAYS",
    "SCORE_MAX",
    "AlarmKind",
    "AlertCleared",
    "AlertRaised",
    "Buyers",
    "Customer",
    "CustomerLine",
    "Figures",
    "Grain",
    "Group",
    "NoSuchCustomer",
    "NoSuchPayout",
    "OperatorAlert",
    "OperatorsOnly",
    "PayoutLine",
    "PayoutStatement",
    "Period",
    "Purchases",
    "Recurring",
    "Revenue",
    "RevenueAlert",
    "RevenueUnusual",
    "SellerStatement",
    "Spent",
    "StatementLine",
    "attributed",
    "bps_of_whole",
    "change_bps",
    "course_csv",
    "customer_of",
    "customers_csv",
    "customers_of",
    "earning_currencies",
    "fails_unusually",
    "grain_for",
    "groups_csv",
    "is_unusual",
    "month_of",
    "not_paid_out",
    "operator_alerts",
    "payout_csv",
    "payout_statement",
    "recurring_revenue",
    "revenue_alerts",
    "revenue_report",
    "robust_score",
    "seller_statement",
    "statement_csv",
    "statement_currencies",
    "statement_pdf",
    "tell_unbooked",
    "tell_unusual",
    "title_of",
    "watch_books",
    "watch_money",
    "watch_revenue",
]
