"""What the marketplace sells, gives back and earns."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.charts import bars
from pages.parts.figures import chosen_period, group_table, percent, tile
from pages.parts.page import errors_shown, house, loading, signed_in
from polidat.core import Money
from polidat.insights import (
    Revenue,
    RevenueAlert,
    course_csv,
    earning_currencies,
    groups_csv,
    revenue_alerts,
    revenue_report,
)

_SOLD, _BACK, _EARNED, _COSTS = "#1f4e8c", "#c8553d", "#2a9d8f", "#e9a03b"
_ALERTS_SHOWN = 3


def show_alerts(alerts: Sequence[RevenueAlert]) -> None:
    """Draw the days that were unusual."""
    for each in alerts[:_ALERTS_SHOWN]:
        many = "much more" if each.score_milli > 0 else "much less"
        st.warning(
            f"**{each.day:%A, %d %B %Y}** sold {many} than usual: {each.gross}, where {each.usual} is usual.",
            icon=":material/monitoring:",
        )
    if len(alerts) > _ALERTS_SHOWN:
        st.caption(f"{len(alerts) - _ALERTS_SHOWN} more days of this period were unusual.")


def show_tiles(found: Revenue) -> None:
    """Draw the figures of the period, each with its change."""
    now, before, code = found.total, found.before, found.currency
    st.caption(f"Change is against {found.period.before.first:%d %b %Y} to {found.period.before.last:%d %b %Y}.")

    def amount(label: str, name: str, says: str, *, lower_is_better: bool = False) -> None:
        minor = getattr(now, name)
        tile(label, str(Money(minor, code)), now=minor, before=getattr(before, name), says=says,
             lower_is_better=lower_is_better)  # fmt: skip

    with st.container(horizontal=True, key="volume_tiles"):
        amount("Sold", "gross_minor", "What buyers paid: copies, subscriptions and single uses.")
        amount("Refunded", "refunds_minor", "What went back to buyers.", lower_is_better=True)
        amount("Lost to disputes", "disputes_minor", "What banks took back for good.", lower_is_better=True)
        amount("Net volume", "net_minor", "Sold, less what was refunded or lost.")
        tile("Payments", f"{now.payments:,}", now=now.payments, before=before.payments)
        average = now.average_minor
        tile("Average payment", "–" if average is None else str(Money(average, code)), now=average,
             before=before.average_minor)  # fmt: skip
    with st.container(horizontal=True, key="house_tiles"):
        amount("Commission", "commission_minor", "PoliDat's part of sales and uses, after refunds and disputes.")
        tile("Take rate", percent(now.take_bps), says="Commission as a part of net volume.")
        amount("Card fees", "card_fees_minor", "What PoliDat bore of Stripe's fees.", lower_is_better=True)
        amount("Dispute fees", "dispute_fees_minor", "Stripe's price of disputes.", lower_is_better=True)
        amount("Hosting", "hosting_minor", "Storefronts, as their days pass.")
        amount("Earned", "earned_minor", "Commission, hosting and lapsed credit, less all fees and exchange losses.")
    with st.container(horizontal=True, key="people_tiles"):
        buyers = found.buyers
        tile("Buyers", f"{buyers.buyers:,}", now=buyers.buyers, before=found.buyers_before.buyers)
        tile("New buyers", f"{buyers.new:,}", now=buyers.new, before=found.buyers_before.new,
             says="Paid for the first time.")  # fmt: skip
        tile("Returning buyers", f"{buyers.returning:,}", now=buyers.returning, before=found.buyers_before.returning)
        monthly = sum(each.monthly_minor for each in found.recurring)
        tile("Recurring a month", str(Money(monthly, code)), says="What running subscriptions bring a month, today.")
        amount("Sent to sellers", "sent_minor", "To the sellers' Stripe accounts, less what was taken back.")
        tile("Paid out to banks", str(Money(found.paid_out_minor, code)), now=found.paid_out_minor,
             before=found.paid_out_before_minor, says="By sellers, as Stripe told us last night.")  # fmt: skip


def show_charts(found: Revenue) -> None:
    """Draw the course of sales, and of what was earned."""
    code, grain = found.currency, found.period.grain
    left, right = st.columns(2)
    with left, st.container(border=True):
        st.markdown("**Sold and given back**")
        rows = [
            {"at": at, "what": what, "minor": minor}
            for at, each in found.course
            for what, minor in (("Sold", each.gross_minor), ("Given back", each.net_minor - each.gross_minor))
        ]
        bars(rows, {"Sold": _SOLD, "Given back": _BACK}, code, grain)
    with right, st.container(border=True):
        st.markdown("**What PoliDat earned and bore**")
        rows = [
            {"at": at, "what": what, "minor": minor}
            for at, each in found.course
            for what, minor in (
                ("Income", each.commission_minor + each.hosting_minor + each.breakage_minor),
                ("Fees", -each.card_fees_minor - each.dispute_fees_minor - each.fx_loss_minor),
            )
        ]
        bars(rows, {"Income": _EARNED, "Fees": _COSTS}, code, grain)


def show_tables(found: Revenue) -> None:
    """Draw the tables, each with its CSV."""
    code, days = found.currency, f"{found.period.first}-{found.period.last}"
    sellers, datasets, categories, recurring, course = st.tabs(
        ["Sellers", "Datasets", "Categories", "Subscriptions", "Course"]
    )
    groups = (
        (sellers, "seller", found.by_seller),
        (datasets, "dataset", found.by_listing),
        (categories, "category", found.by_category),
    )
    for tab, name, rows in groups:
        with tab:
            group_table(rows, code, name=name, key=f"by_{name}")
            _csv(f"{name}-{code}-{days}", groups_csv(found, rows))
    with recurring:
        _recurring(found)
    with course:
        st.caption("Every figure of the page for each day, week or month, empty ones too.")
        _csv(f"revenue-{code}-{days}", course_csv(found))


def _recurring(found: Revenue) -> None:
    if not found.recurring:
        st.info("No subscription is running. Sellers offer them when they publish.")
        return
    st.dataframe(
        [
            {
                "to": {"data": "Datasets", "hosting": "Hosting"}[each.kind],
                "running": each.running,
                "in their trial": each.trials,
                "behind": each.behind,
                "ending": each.ending,
                "a month": str(Money(each.monthly_minor, found.currency)),
                "PoliDat's part": str(Money(each.house_minor, found.currency)),
            }
            for each in found.recurring
        ],
        hide_index=True,
        key="recurring",
    )


def _csv(name: str, told: str) -> None:
    st.download_button("Download CSV", told, f"{name}.csv", "text/csv", key=f"csv_{name}", on_click="ignore")


me = signed_in("see the marketplace's figures")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Revenue", anchor=False)
with errors_shown():
    period = chosen_period(house().now().date())
    with loading() as session:
        codes = earning_currencies(session, me)
    if not codes:
        st.info("Nothing was sold yet. The first sale shows up here at once.")
        st.stop()
    code = (
        codes[0]
        if len(codes) == 1
        else st.segmented_control(
            "Currency", codes, default=codes[0], key="currency", format_func=str.upper, required=True
        )
    )
    with loading("Adding up …") as session:
        found = revenue_report(session, me, period, code)
        alerts = revenue_alerts(session, me, period, code)
    show_alerts(alerts)
    show_tiles(found)
    show_charts(found)
    show_tables(found)
