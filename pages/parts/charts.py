"""Amounts over time, drawn as bars."""

from collections.abc import Iterable, Mapping
from typing import Any

import altair as alt
import streamlit as st

from pages.parts.figures import major
from polidat.core import currency
from polidat.insights import Grain

_CHART_PX = 240


def bars(rows: Iterable[Mapping[str, Any]], colours: Mapping[str, str], code: str, grain: Grain) -> None:
    """Draw amounts over time: rows have `at`, `what` and `minor`; `colours` say the kinds and their order."""
    told = [{"at": f"{row['at']:%Y-%m-%d}", "what": row["what"], "amount": major(row["minor"], code)} for row in rows]
    label = {Grain.DAY: "%d %b", Grain.WEEK: "%d %b", Grain.MONTH: "%b %Y"}[grain]
    order = list(colours)
    chart = (
        alt.Chart(alt.Data(values=told))
        .mark_bar(cornerRadius=2)
        .encode(
            x=alt.X("yearmonthdate(at):O", title=None, axis=alt.Axis(format=label, labelAngle=0, labelOverlap=True)),
            y=alt.Y("amount:Q", title=code.upper(), axis=alt.Axis(format="~s", tickCount=5)),
            color=alt.Color(
                "what:N", title=None, sort=order, scale=alt.Scale(domain=order, range=list(colours.values())),
                legend=alt.Legend(orient="bottom"),
            ),
            order=alt.Order("what:N"),
            tooltip=[
                alt.Tooltip("at:T", title="From", format="%d %B %Y"),
                alt.Tooltip("what:N", title="What"),
                alt.Tooltip("amount:Q", title=code.upper(), format=f",.{currency(code).exponent}f"),
            ],
        )
        .properties(height=_CHART_PX, padding={"top": 4, "left": 0, "right": 0, "bottom": 0})
    )  # fmt: skip
    st.altair_chart(chart, width="stretch")
