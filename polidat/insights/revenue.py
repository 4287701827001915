"""Revenue, from the books: day by day, by store and by category."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from polidat.core import NotAllowed, half_away
from polidat.db import sql_text
from polidat.ledger import booked_currencies
from polidat.orders import Subscription, SubscriptionKind
from polidat.people import Person

_BY = {"store": "store.name", "category": "coalesce(nullif(sold.category, ''), 'without category')"}
_MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True)
class Day:
    """What one day brought, in minor units: from buyers, back to them, disputed, and what the house kept.

    `other` is what the house earned besides commissions; `fees` are Stripe's.
    """

    day: date
    gross: int
    refunded: int
    disputed: int
    commission: int
    other: int
    fees: int
    payments: int


@dataclass(frozen=True)
class Totals:
    """The sum of days."""

    gross: int
    refunded: int
    disputed: int
    commission: int
    other: int
    fees: int
    payments: int

    @property
    def net(self) -> int:
        """What the house earned after Stripe's fees."""
        return self.commission + self.other - self.fees

    @property
    def take_rate_bps(self) -> int:
        """The house's part of what buyers paid, in basis points, before fees; 0 without sales."""
        return half_away(Fraction(10_000 * (self.commission + self.other), self.gross)) if self.gross else 0


@dataclass(frozen=True)
class Group:
    """What a store, or a category, sold."""

    name: str
    sales: int
    gross: int
    commission: int


def revenue_by_day(
    session: Session, operator: Person, currency: str, *, since: datetime, until: datetime
) -> Sequence[Day]:
    """Return every day of [since, until) that moved anything. Raises NotAllowed for anybody but an operator."""
    _check(operator)
    window = {"currency": currency, "since": since, "until": until}
    rows = session.execute(sql_text("polidat.insights", "revenue"), window)
    found = [Day(r.day, r.gross, r.refunded, r.disputed, r.commission, r.other, r.fees, r.payments) for r in rows]
    return [each for each in found if any((each.gross, each.refunded, each.commission, each.other, each.fees))]


def totals(days: Sequence[Day]) -> Totals:
    """Return the sum of days."""
    return Totals(*(sum(getattr(each, name.name) for each in days) for name in fields(Totals)))


def revenue_by(
    session: Session,
    operator: Person,
    what: Literal["store", "category"],
    currency: str,
    *,
    since: datetime,
    until: datetime,
) -> Sequence[Group]:
    """Return what each store or category sold in [since, until), largest first. Raises NotAllowed."""
    _check(operator)
    statement = sql_text("polidat.insights", "sellers").text.replace("{by}", _BY[what])
    rows = session.execute(text(statement), {"currency": currency, "since": since, "until": until})
    return [Group(row.name, row.sales, row.gross, row.commission) for row in rows]


def monthly_recurring(session: Session, operator: Person, currency: str) -> int:
    """Return what running subscriptions bring a month, in minor units: a year counts as twelve. Raises NotAllowed."""
    _check(operator)
    running = Subscription.state.in_(("active", "past_due")) & (Subscription.currency == currency)
    kinds = Subscription.kind.in_(tuple(SubscriptionKind))
    prices = (
        select(Subscription.interval, func.sum(Subscription.price_minor))
        .where(running & kinds & Subscription.ends_with_period.is_(False))
        .group_by(Subscription.interval)
    )
    return half_away(
        sum((Fraction(int(minor), _MONTHS[every]) for every, minor in session.execute(prices)), Fraction())
    )


def currencies_of(session: Session) -> Sequence[str]:
    """Return the currencies the books hold, US dollars first."""
    return sorted(booked_currencies(session), key=lambda code: (code != "usd", code))


def revenue_csv(days: Sequence[Day], currency: str) -> bytes:
    """Return days as a file, amounts in minor units."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["currency", *(each.name for each in fields(Day))])
    for day in days:
        writer.writerow([currency, *(getattr(day, each.name) for each in fields(Day))])
    return out.getvalue().encode()


def before(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """Return the window of the same length that ends where this one begins."""
    return since - (until - since), since


def _check(operator: Person) -> None:
    if not operator.is_operator:
        raise NotAllowed("Only operators see the marketplace's revenue.")
