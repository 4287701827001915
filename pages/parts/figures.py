"""Figures, drawn: the period they are of, tiles with their change, tables of sellers and categories."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Literal

import streamlit as st

from polidat.core import currency
from polidat.insights import Grain, Group, Period, change_bps, grain_for, month_of

_MONTHS = 24
_AUTO = "auto"
_WHEN = ("when", "first", "latest", "arrives")
_PERIODS = ("Last 30 days", "This month", "Last month", "Last 90 days", "Last 12 months", "Other days")


def chosen_period(today: date) -> Period:
    """Draw the choice of a period and return it. Raises Invalid for one that is none."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Period", _PERIODS, key="period", width=180)
        first, last = _bounds(name, today)
        if name == "Other days":
            first = st.date_input("From", today - timedelta(days=29), key="period_from", width=150)
            last = st.date_input("To", today, key="period_to", width=150)
        cuts = [_AUTO, *(each.value for each in Grain)]
        cut = st.segmented_control("By", cuts, default=_AUTO, key="grain", format_func=str.title, required=True)
    return Period(first, last, grain_for(first, last) if cut in (_AUTO, None) else Grain(cut))


def chosen_month(today: date) -> Period:
    """Draw the choice of one of the last 24 months and return it."""
    months = [month_of(today)]
    while len(months) < _MONTHS:
        months.append(month_of(months[-1].first - timedelta(days=1)))
    return st.selectbox("Month", months, format_func=lambda each: f"{each.first:%B %Y}", key="month", width=200)


def _bounds(name: str, today: date) -> tuple[date, date]:
    match name:
        case "This month":
            return today.replace(day=1), today
        case "Last month":
            month = month_of(today.replace(day=1) - timedelta(days=1))
            return month.first, month.last
        case "Last 90 days":
            return today - timedelta(days=89), today
        case "Last 12 months":
            return today - timedelta(days=364), today
        case _:
            return today - timedelta(days=29), today


def tile(
    label: str, value: str, *, now: int | None = None, before: int | None = None, lower_is_better: bool = False,
    says: str | None = None,
) -> None:  # fmt: skip
    """Draw a figure and, given both, by how much it has changed since the period before."""
    changed = change_bps(now, before) if now is not None and before is not None else None
    colour: Literal["normal", "inverse"] = "inverse" if lower_is_better else "normal"
    delta = None if changed is None else f"{changed / 100:+.1f} %"
    st.metric(label, value, delta, delta_color=colour, help=says, border=True, height="stretch")


def percent(bps: int | None) -> str:
    """Return basis points for people: "12.5 %"; a dash for none."""
    return "–" if bps is None else f"{bps / 100:.1f} %"


def major(minor: int, code: str) -> float:
    """Return an amount as a number for a chart or a sortable column."""
    return minor / 10 ** currency(code).exponent


def amount_columns(names: Iterable[str], code: str) -> dict[str, Any]:
    """Return how columns of amounts, and those called when, first, latest and arrives, are shown."""
    amount = st.column_config.NumberColumn(format=f"%.{currency(code).exponent}f")
    return dict.fromkeys(names, amount) | when_columns()


def when_columns() -> dict[str, Any]:
    """Return how columns of times are shown, whichever of them a table has."""
    return dict.fromkeys(_WHEN, st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm", timezone="UTC"))


def filled(minor: int, code: str) -> float | None:
    """Return an amount for a table in which nothing is blank."""
    return major(minor, code) if minor else None


def group_table(groups: Sequence[Group], code: str, *, name: str, key: str) -> None:
    """Draw sellers, datasets or categories, the largest first."""
    if not groups:
        st.info("Nothing was sold in this period.")
        return
    heads = ("sold", "refunded", "lost", "commission", "sellers' part")
    st.dataframe(
        [
            {
                name: each.name,
                "payments": each.figures.payments,
                "sold": major(each.figures.gross_minor, code),
                "refunded": major(each.figures.refunds_minor, code),
                "lost": major(each.figures.disputes_minor, code),
                "commission": major(each.figures.commission_minor, code),
                "sellers' part": major(each.figures.sellers_minor, code),
                "take rate": percent(each.figures.take_bps),
            }
            for each in groups
        ],
        hide_index=True,
        column_config=amount_columns(heads, code),
        key=key,
    )
