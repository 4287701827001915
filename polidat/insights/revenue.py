"""The operator's report: what was sold, what went back, what the house earned."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from polidat.core import currency
from polidat.db import sql_text
from polidat.insights.errors import OperatorsOnly
from polidat.insights.figures import Buyers, Figures, Group, Recurring, Revenue
from polidat.insights.rules import Period
from polidat.people import Person

_NAMES = tuple(each.name for each in fields(Figures))
_SOLD_AS = {"use": "Single uses", "subscription": "subscriptions"}


def revenue_report(session: Session, operator: Person, period: Period, code: str) -> Revenue:
    """Return the figures of a period in one currency, read from the books.

    Raises OperatorsOnly, and Invalid for a currency we do not trade in.
    """
    check_operator(operator)
    known = currency(code).code
    window = {"since": period.before.since, "start": period.since, "until": period.until, "currency": known}
    rows = session.execute(about_facts("revenue"), {**window, "grain": period.grain.value, "seller_id": None}).all()
    counted = session.execute(sql_text("polidat.insights", "buyers"), window).one()
    paid_out = session.execute(sql_text("polidat.insights", "paid_out"), window).one()
    totals = {row.is_now: _figures(row) for row in rows if row.scope == "total"}
    at = {row.stamp.astimezone(UTC).date(): _figures(row) for row in rows if row.scope == "time"}
    return Revenue(
        period=period,
        currency=known,
        total=totals.get(True, Figures()),
        before=totals.get(False, Figures()),
        course=[(stamp, at.get(stamp, Figures())) for stamp in period.stamps()],
        by_seller=_groups(rows, "seller"),
        by_listing=_groups(rows, "listing"),
        by_category=_groups(rows, "category"),
        buyers=Buyers(counted.buyers_now, counted.new_now),
        buyers_before=Buyers(counted.buyers_before, counted.new_before),
        recurring=_recurring(session, known),
        paid_out_minor=int(paid_out.now_minor),
        paid_out_before_minor=int(paid_out.before_minor),
    )


def recurring_revenue(session: Session, operator: Person, code: str) -> Sequence[Recurring]:
    """Return what running subscriptions bring in a month in one currency, today, by kind.

    Raises OperatorsOnly, and Invalid for a currency we do not trade in.
    """
    check_operator(operator)
    return _recurring(session, currency(code).code)


def earning_currencies(session: Session, operator: Person) -> Sequence[str]:
    """Return the currencies in which anything was ever sold, the busiest first. Raises OperatorsOnly."""
    check_operator(operator)
    return session.scalars(sql_text("polidat.insights", "currencies")).all()


def check_operator(who: Person) -> None:
    """Raise OperatorsOnly for anybody else."""
    if not who.is_operator:
        raise OperatorsOnly


def about_facts(name: str) -> TextClause:
    """Return a named statement of ours that begins with the facts of the books."""
    return text(sql_text("polidat.insights", "facts").text + sql_text("polidat.insights", name).text)


def _figures(row: Any) -> Figures:
    return Figures(**{name: int(getattr(row, name)) for name in _NAMES})


def _groups(rows: Iterable[Any], scope: str) -> Sequence[Group]:
    found = [row for row in rows if row.scope == scope]
    match scope:
        case "seller":
            return [Group(str(row.seller_id), row.seller, _figures(row)) for row in found]
        case "listing":
            return [Group(str(row.listing_id), row.listing, _figures(row)) for row in found]
        case _:
            return [Group(f"{row.topic}:{row.sold_as}", _category_name(row), _figures(row)) for row in found]


def _category_name(row: Any) -> str:
    if row.sold_as == "use":
        return _SOLD_AS["use"]
    name = row.topic.replace("_", " ").capitalize() or "Without a category"
    return f"{name}, {_SOLD_AS[row.sold_as]}" if row.sold_as in _SOLD_AS else name


def _recurring(session: Session, code: str) -> Sequence[Recurring]:
    rows = session.execute(sql_text("polidat.insights", "recurring"), {"currency": code})
    return [Recurring(**row) for row in rows.mappings()]
