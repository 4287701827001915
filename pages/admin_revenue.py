"""Revenue: what came in, what went back, what the house kept; by day, store and category."""

from collections.abc import Sequence
from datetime import timedelta

import altair as alt
import polars as pl
import streamlit as st

from pages.parts.page import errors_shown, house, loading, signed_in
from polidat.core import Money
from polidat.insights import (
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

_PERIODS = {"7 days": 7, "30 days": 30, "90 days": 90, "A year": 365}


def tile(label: str, now_minor: int, then_minor: int, code: str) -> None:
    """Draw an amount and how it has changed."""
    change = f"{(now_minor - then_minor) / then_minor:+.0%}" if then_minor > 0 else None
    st.metric(label, str(Money(now_minor, code)), change)


def show_tiles(now: Totals, then: Totals, recurring: int, code: str) -> None:
    """Draw the sums, each against the period before."""
    with st.container(horizontal=True):
        tile("Gross volume", now.gross, then.gross, code)
        tile("Commission", now.commission, then.commission, code)
        tile("Other earnings", now.other, then.other, code)
        tile("Stripe's fees", now.fees, then.fees, code)
        tile("Earned after fees", now.net, then.net, code)
    with st.container(horizontal=True):
        tile("Given back", now.refunded, then.refunded, code)
        tile("Disputed", now.disputed, then.disputed, code)
        st.metric("Take rate", f"{now.take_rate_bps / 100:.2f} %")
        st.metric("Payments", f"{now.payments:,}")
        st.metric("Recurring a month", str(Money(recurring, code)))


def show_chart(days: Sequence[Day], code: str) -> None:
    """Draw gross volume and commission by day."""
    exponent = len(str(Money(1, code)).split(" ")[0].partition(".")[2])
    frame = pl.DataFrame(
        [
            {"day": each.day, "kind": kind, "amount": minor / 10**exponent}
            for each in days
            for kind, minor in (
                ("gross volume", each.gross),
                ("commission", each.commission),
                ("given back", -each.refunded),
            )
        ]
    )
    chart = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("day:T", title=None),
            y=alt.Y("amount:Q", title=code.upper(), stack=None),
            color=alt.Color("kind:N", title=None, legend=alt.Legend(orient="top")),
            tooltip=["day:T", "kind:N", "amount:Q"],
        )
    )
    st.altair_chart(chart, key="revenue_chart")


def show_groups(title: str, groups: Sequence[Group], code: str) -> None:
    """Draw what each store or category sold."""
    st.subheader(title, anchor=False)
    if not groups:
        st.caption("Nothing was sold.")
        return
    rows = [
        {"name": each.name, "sales": each.sales, "gross": str(Money(each.gross, code)),
         "commission": str(Money(each.commission, code))}
        for each in groups
    ]  # fmt: skip
    st.dataframe(rows, hide_index=True, key=f"groups_{title}")


me = signed_in("run the marketplace")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Revenue", anchor=False)
with house().reading() as session:
    codes = currencies_of(session) or ["usd"]
left, right = st.columns([3, 1])
period = left.segmented_control("Period", list(_PERIODS), default="30 days", key="period") or "30 days"
code = right.selectbox("Currency", codes, format_func=str.upper, key="revenue_currency")
until = house().now()
length = timedelta(days=_PERIODS[period])
days: Sequence[Day] = []
earlier: Sequence[Day] = []
stores: Sequence[Group] = []
categories: Sequence[Group] = []
recurring = 0
with errors_shown(), loading() as session:
    window = {"since": until - length, "until": until}
    days = revenue_by_day(session, me, code, **window)
    earlier = revenue_by_day(session, me, code, since=until - 2 * length, until=until - length)
    stores = revenue_by(session, me, "store", code, **window)
    categories = revenue_by(session, me, "category", code, **window)
    recurring = monthly_recurring(session, me, code)
show_tiles(totals(days), totals(earlier), recurring, code)
if not days:
    st.info("Nothing moved in this period.")
    st.stop()
show_chart(days, code)
one, two = st.columns(2, gap="large")
with one:
    show_groups("By store", stores, code)
with two:
    show_groups("By category", categories, code)
st.download_button(
    "Download the days as CSV", lambda: revenue_csv(days, code), f"revenue_{code}.csv", "text/csv", key="revenue_csv",
    on_click="ignore",
)  # fmt: skip
