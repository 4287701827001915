"""Figures as CSV: amounts are decimals of their currency, times ISO 8601 in UTC."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from polidat.core import currency, safe_cell
from polidat.insights.customers import Customer
from polidat.insights.figures import Figures, Group, Revenue
from polidat.insights.payouts import PayoutStatement
from polidat.insights.statement import SellerStatement

_FIGURES = (
    "gross_minor",
    "refunds_minor",
    "disputes_minor",
    "net_minor",
    "commission_minor",
    "passed_minor",
    "sellers_minor",
    "sent_minor",
)
_HOUSE = ("hosting_minor", "breakage_minor", "card_fees_minor", "dispute_fees_minor", "fx_loss_minor", "earned_minor")
_COUNTS = ("payments", "refunds", "disputes")


def course_csv(report: Revenue) -> str:
    """Return every day, week or month of a report."""
    names = (*_FIGURES, *_HOUSE)
    rows = [[f"{at:%Y-%m-%d}", *_amounts(each, names, report.currency)] for at, each in report.course]
    return _csv(["from", "currency", *map(_heading, names), *map(_counted, _COUNTS), "take_rate_percent"], rows)


def groups_csv(report: Revenue, groups: Sequence[Group]) -> str:
    """Return the sellers, listings or categories of a report."""
    rows = [
        [safe_cell(each.key), safe_cell(each.name), *_amounts(each.figures, _FIGURES, report.currency)]
        for each in groups
    ]
    heads = [*map(_heading, _FIGURES), *map(_counted, _COUNTS), "take_rate_percent"]
    return _csv(["key", "name", "currency", *heads], rows)


def statement_csv(statement: SellerStatement) -> str:
    """Return a seller's statement: opening balance, every line, closing balance."""
    code, names = statement.currency, ("gross", "commission", "card_fee", "borne", "yours", "moved")
    totals = [decimal(statement.total(f"{name}_minor"), code) for name in names]
    opening, closing = decimal(statement.opening_minor, code), decimal(statement.closing_minor, code)
    rows = [[f"{statement.period.first}", "opening_balance", *[""] * 5, *[""] * len(names), opening, code, "", ""]]
    balance = statement.opening_minor
    for each in statement.lines:
        balance += each.yours_minor + each.moved_minor
        amounts = [decimal(getattr(each, f"{name}_minor"), code) for name in names]
        line = [stamp(each.at), each.what, each.order_ref, str(each.number or ""), safe_cell(each.title)]
        line += [str(each.quantity or ""), "" if each.unit_minor is None else decimal(each.unit_minor, code)]
        rows.append([*line, *amounts, decimal(balance, code), code, each.rate, safe_cell(each.rule)])
    rows.append([f"{statement.period.last}", "closing_balance", *[""] * 5, *totals, closing, code, "", ""])
    what = ["at", "what", "order", "line", "title", "quantity", "unit_price"]
    heads = ["sold_for", "commission", "card_fee", "exchange_borne_by_the_house", "yours", "moved_at_stripe"]
    after = ["owed_afterwards", "currency", "commission_rate", "commission_rule"]
    return _csv([*what, *heads, *after], rows)


def payout_csv(statement: PayoutStatement) -> str:
    """Return the lines of a payout; they sum to what the bank got and Stripe's fee."""
    code, names = statement.payout.currency, ("gross", "commission", "card_fee", "kept", "moved", "paid")
    rows = [
        [stamp(each.at), each.what, each.order_ref, safe_cell(each.title)]
        + [decimal(getattr(each, f"{name}_minor"), code) for name in names]
        for each in statement.lines
    ]
    blank = [""] * (len(names) - 1)
    if statement.other_minor:
        rows.append(["", "other", "", "", *blank, decimal(statement.other_minor, code)])
    if statement.payout.fee_minor:
        rows.append(["", "payout_fee", "", "", *blank, decimal(-statement.payout.fee_minor, code)])
    paid_at = stamp(statement.payout.created_at)
    rows.append([paid_at, "payout", statement.payout.id, "", *blank, decimal(statement.payout.amount_minor, code)])
    heads = ["sold_for", "commission", "card_fee", "kept_for_debt", "came_to_stripe", "in_this_payout"]
    return _csv(["at", "what", "order", "title", *heads, "currency"], [[*row, code] for row in rows])


def customers_csv(customers: Sequence[Customer]) -> str:
    """Return customers, one line each and currency."""
    rows: list[list[str]] = []
    for each in customers:
        who = [
            safe_cell(each.email),
            safe_cell(each.name),
            " ".join(each.stripe_ids),
            str(each.orders),
            str(each.subscriptions),
        ]
        when = [stamp(at) if at else "" for at in (each.first_at, each.last_at)]
        sums = [
            [decimal(money.minor, money.currency) for money in (spent.paid, spent.refunded, spent.disputed)]
            + [spent.paid.currency]
            for spent in each.spent
        ]
        rows += [[*who, *when, *amounts] for amounts in sums or [["", "", "", ""]]]
    heads = ["email", "name", "stripe_ids", "orders", "subscriptions", "first", "last"]
    return _csv([*heads, "paid", "refunded", "disputed", "currency"], rows)


def decimal(minor: int, code: str) -> str:
    """Return an amount as a decimal number: "19.00"."""
    exponent = currency(code).exponent
    return f"{Decimal(minor).scaleb(-exponent):.{exponent}f}"


def stamp(at: datetime) -> str:
    """Return a time as ISO 8601 in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _amounts(figures: Figures, names: Iterable[str], code: str) -> list[str]:
    take = "" if figures.take_bps is None else f"{Decimal(figures.take_bps).scaleb(-2):.2f}"
    counts = [str(getattr(figures, name)) for name in _COUNTS]
    return [code, *(decimal(getattr(figures, name), code) for name in names), *counts, take]


def _heading(name: str) -> str:
    return name.removesuffix("_minor")


def _counted(name: str) -> str:
    return f"number_of_{name}"


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return told.getvalue()
